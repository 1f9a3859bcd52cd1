package part

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/golive-dev/golive/bench/peers/measure"
	kitlog "github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/outbound"
	"github.com/prometheus/client_golang/prometheus"
)

// plainCall is a call by the standard library's client, over a transport that
// answers at once: what is measured is the client's own work.
var plainCall = Part{
	Name: "call answered at once, http.Client with a timeout",
	Build: func() (measure.Loop, error) {
		return calls(&http.Client{Transport: answers{}, Timeout: time.Second})
	},
}

// kitCall is the same call by kit's client, at full duty: line, metrics, trace
// context, budget, breaker, bulkhead.
var kitCall = Part{
	Name: "call answered at once, kit/outbound",
	Over: plainCall.Name,
	Aim:  "+2000 ns",
	Build: func() (measure.Loop, error) {
		client, err := outbound.New(outbound.Config{
			Name: "payments", Timeout: time.Second, Attempts: 2, Fallback: outbound.Fail(), Transport: answers{},
			Log:        kitlog.New(io.Discard, kitlog.Options{Service: "users"}),
			Registerer: prometheus.NewRegistry(),
		})
		if err != nil {
			return nil, err
		}
		return calls(client)
	},
}

// calls asks and reads the whole answer, as every caller must.
func calls(client *http.Client) (measure.Loop, error) {
	ask := func() error {
		resp, err := client.Get("http://payments.test/charges/42")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		n, err := io.Copy(io.Discard, resp.Body)
		if n != int64(len(answer)) {
			return fmt.Errorf("%d bytes of %d read: %w", n, len(answer), err)
		}
		return err
	}
	if err := ask(); err != nil {
		return nil, fmt.Errorf("try the call: %w", err)
	}
	return func(n int) {
		for range n {
			if ask() != nil {
				failed++
			}
		}
	}, nil
}

// failed counts calls that went wrong, which none can with answers.
var failed int

var answer = []byte(`{"id":"42","state":"settled"}`)

// answers is a transport without a network.
type answers struct{}

// RoundTrip answers 200 with a small JSON.
func (answers) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(answer)),
		Body: io.NopCloser(bytes.NewReader(answer)), Request: r,
	}, nil
}
