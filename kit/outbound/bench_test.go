package outbound_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/outbound"
	"github.com/golive-dev/golive/kit/trace"
	"github.com/prometheus/client_golang/prometheus"
)

// BenchmarkOverhead measures what the client adds to a plain http.Client with the same transport: the contenders' calls
// alternate in one run, in CPU time of the whole process, so that neighbours' noise meets both alike.
func BenchmarkOverhead(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, answerOfBench)
	}))
	defer server.Close()
	b.Run("stub", func(b *testing.B) { overhead(b, "http://payments.test/charges/42", stub{}) })
	b.Run("loopback", func(b *testing.B) {
		t := &http.Transport{MaxIdleConnsPerHost: 4}
		defer t.CloseIdleConnections()
		overhead(b, server.URL+"/charges/42", t)
	})
}

const answerOfBench = `{"id":42,"state":"paid"}`

type stub struct{}

func (stub) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: int64(len(answerOfBench)),
		Body: io.NopCloser(strings.NewReader(answerOfBench)), Request: req}, nil
}

func overhead(b *testing.B, url string, t http.RoundTripper) {
	guarded, err := outbound.New(outbound.Config{
		Name: "payments", Timeout: 2 * time.Second, Attempts: 2, Fallback: outbound.Fail(), Transport: t,
		Log: log.New(io.Discard, log.Options{Service: "orders"}), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		b.Fatal(err)
	}
	plain := &http.Client{Transport: t}
	contenders := []func(){
		func() { get(b, plain, request(b, context.Background(), http.MethodGet, url)) },
		func() { byHand(b, plain, url) },
		func() { get(b, guarded, request(b, context.Background(), http.MethodGet, url)) },
	}
	var spent [3]time.Duration
	const round = 200
	calls := 0
	for b.Loop() {
		for i, call := range contenders {
			before := cpu(b)
			for range round {
				call()
			}
			spent[i] += cpu(b) - before
		}
		calls += round
	}
	each := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(calls) }
	b.ReportMetric(each(spent[0]), "plain-ns/call")
	b.ReportMetric(each(spent[2]), "kit-ns/call")
	b.ReportMetric(each(spent[2]-spent[0]), "added-ns/call")
	b.ReportMetric(each(spent[2]-spent[1]), "added-to-by-hand-ns/call")
	b.ReportMetric(float64(spent[2])/float64(spent[0]), "ratio")
	b.ReportMetric(0, "ns/op") // of a round of all: says nothing
}

// byHand does what is sent over the network, the deadline and the two headers, and nothing else.
func byHand(b *testing.B, c *http.Client, url string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req := request(b, ctx, http.MethodGet, url)
	req.Header.Set("Request-Timeout", "1000ms")
	req.Header.Set("Traceparent", trace.Format(trace.NewRoot(false)))
	get(b, c, req)
}

func get(b *testing.B, c *http.Client, req *http.Request) {
	resp, err := c.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
}

// cpu returns the CPU time that the process has used.
func cpu(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
