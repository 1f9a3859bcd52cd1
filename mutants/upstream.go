package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// budget is what one call may take. golive.yaml declares the same.
const budget = 800 * time.Millisecond

// upstream is a dependency.
type upstream struct {
	name, base    string
	client        *http.Client  // for requests
	probe         *http.Client  // for the checks in the background; never broken
	patience      time.Duration // how long a request waits; 0: as long as the call takes
	admit         func(int64) bool
	again         retrying
	saved         savings // for retries
	lanes         lanes
	failuresInRow atomic.Int64
}

func (b behaviour) upstream(name, base string) *upstream {
	return &upstream{
		name: name, base: base, client: b.client(budget), probe: boundedClient(budget), patience: b.patience(budget),
		admit: b.admit, again: b.again, saved: newSavings(b.again), lanes: b.lanes(name),
	}
}

// boundedClient ends a call after its budget, whatever it waits for. The dial
// has a limit of its own, because net/http goes on dialling after a request
// has given up.
func boundedClient(budget time.Duration) *http.Client {
	return &http.Client{Timeout: budget, Transport: transport(budget)}
}

func transport(dial time.Duration) *http.Transport {
	return &http.Transport{DialContext: (&net.Dialer{Timeout: dial}).DialContext, MaxIdleConnsPerHost: 32}
}

var errImpatient = errors.New("the request did not wait any longer")

// call makes one call for a request. An error means that the request has to
// do without.
func (u *upstream) call(ctx context.Context, method, path, traceparent string, body []byte) error {
	if !u.admit(u.failuresInRow.Load()) {
		return errors.New("not called: it failed before")
	}
	done, made := make(chan error, 1), new(atomic.Int64)
	go func() {
		done <- u.repeat(ctx, method, func() error {
			return u.lanes.use(ctx, func() error {
				made.Add(1)
				return u.send(u.client, method, path, traceparent, body)
			})
		})
	}()
	var over <-chan time.Time
	if u.patience > 0 {
		over = time.After(u.patience)
	}
	err := errImpatient
	select {
	case err = <-done:
	case <-over:
	}
	if err != nil {
		u.failuresInRow.Add(1)
		return failure{err, int(made.Load())}
	}
	u.failuresInRow.Store(0)
	return nil
}

func (u *upstream) send(client *http.Client, method, path, traceparent string, body []byte) error {
	req, err := http.NewRequestWithContext(context.Background(), method, u.base+path, bytes.NewReader(body))
	if err != nil {
		return errors.New("the request cannot be made")
	}
	if traceparent != "" {
		req.Header.Set("Traceparent", traceparent)
	}
	resp, err := client.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)); err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return refusal{resp.StatusCode, patienceAskedFor(resp)}
	}
	return nil
}

// withoutURL keeps the path, which holds an id of the client's, out of errors.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// answers reports whether the upstream answers its health check.
func (u *upstream) answers() bool {
	return u.send(u.probe, http.MethodGet, "/health", newSpan().traceparent(), nil) == nil
}
