// Package upstream calls the HTTP services that orders needs.
package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/golive-dev/golive/examples/orders/internal/dependency"
	"github.com/golive-dev/golive/examples/orders/internal/trace"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

// client speaks JSON with one HTTP service.
type client struct {
	dependency *dependency.Dependency
	base       *url.URL
	http       *http.Client
}

// newClient bounds the dial by itself: net/http goes on dialling after a
// request has given up, for the benefit of the next one.
func newClient(base *url.URL, d *dependency.Dependency) client {
	return client{d, base, &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: d.Timeout}).DialContext,
			TLSHandshakeTimeout: d.Timeout,
			MaxIdleConnsPerHost: 32,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// exchange sends one request within ctx's deadline and decodes the answer
// into answer unless that is nil. Any status but 2xx is an error.
func (c client) exchange(ctx context.Context, method, path string, header http.Header, body, answer any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encoding the request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.JoinPath(path).String(), bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("making the request: %w", err)
	}
	if header != nil {
		req.Header = header
	}
	req.Header.Set("Content-Type", "application/json")
	if span, ok := trace.From(ctx); ok {
		req.Header.Set(trace.Header, span.Traceparent())
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	defer resp.Body.Close()
	return read(resp, answer)
}

func read(resp *http.Response, answer any) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return fmt.Errorf("reading the answer: %w", err)
	case resp.StatusCode/100 != 2:
		return fmt.Errorf("answered %d", resp.StatusCode)
	case answer == nil:
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return errors.New("the answer is not the JSON that was expected")
	}
	return nil
}

// withoutURL drops the URL from an error of net/http, so that what a
// customer sent cannot reach a log by way of a path.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// ping asks the service's own liveness, once and without a trace in the logs.
func (c client) ping(ctx context.Context) error {
	return c.dependency.Check(ctx, func(ctx context.Context) error {
		return c.exchange(ctx, http.MethodGet, "/livez", nil, nil, nil)
	})
}
