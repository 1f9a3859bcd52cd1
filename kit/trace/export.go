package trace

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/protobuf/proto"
)

// firstPause is the longest pause before the second attempt of an export; it
// doubles for each further one, and the pause is drawn between nothing and it.
const firstPause = time.Second

// maxAnswer bounds what is read of a collector's answer.
const maxAnswer = 64 << 10

// exporter sends spans as OTLP over HTTP. One goroutine uses it.
type exporter struct {
	client   *http.Client
	url      string
	headers  map[string]string
	timeout  time.Duration
	attempts int
	log      *slog.Logger
	failing  bool

	body bytes.Buffer
	zip  *gzip.Writer
}

func newExporter(o Options) (*exporter, error) {
	address, err := address(o.Endpoint)
	if err != nil {
		return nil, err
	}
	e := &exporter{
		client: o.Client, url: address, headers: o.Headers, timeout: o.Timeout, attempts: o.Attempts, log: o.Log,
	}
	if e.client == nil {
		e.client = &http.Client{
			Transport:     http.DefaultTransport.(*http.Transport).Clone(),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	e.zip, err = gzip.NewWriterLevel(&e.body, gzip.BestSpeed)
	return e, err
}

// address completes an endpoint. An endpoint may hold a password, so that no
// error tells it.
func address(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errors.New("trace: Endpoint is no address such as http://collector:4318")
	}
	if u.Path == "" {
		u.Path = "/v1/traces"
	}
	return u.String(), nil
}

// export sends spans and returns how many of them the collector did not take.
func (e *exporter) export(ctx context.Context, spans []sdktrace.ReadOnlySpan) (refused int, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	if err = e.encode(spans); err == nil {
		refused, err = e.try(ctx)
	}
	if err != nil {
		refused = len(spans)
	}
	e.tell(err, len(spans))
	return min(refused, len(spans)), err
}

// encode fills the body.
func (e *exporter) encode(spans []sdktrace.ReadOnlySpan) error {
	text, err := proto.Marshal(request(spans))
	if err != nil {
		return fmt.Errorf("encode %d spans: %w", len(spans), err)
	}
	e.body.Reset()
	e.zip.Reset(&e.body)
	if _, err := e.zip.Write(text); err != nil {
		return fmt.Errorf("compress %d spans: %w", len(spans), err)
	}
	return e.zip.Close()
}

// try sends the body until it is taken, an answer says that it never will be,
// or the attempts or the time run out.
func (e *exporter) try(ctx context.Context) (refused int, err error) {
	for attempt := 1; ; attempt++ {
		var wait time.Duration
		refused, wait, err = e.post(ctx)
		if err == nil || wait < 0 || attempt == e.attempts {
			return refused, err
		}
		if wait == 0 {
			wait = rand.N(firstPause << (attempt - 1))
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < wait || !sleep(ctx, wait) {
			return 0, err
		}
	}
}

// post sends the body once. On failure wait is the pause that the collector
// asked for, 0 when it asked for none, and negative when a second attempt is
// useless.
func (e *exporter) post(ctx context.Context) (refused int, wait time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(e.body.Bytes()))
	if err != nil {
		return 0, -1, err
	}
	for name, value := range e.headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	r.Header.Set("Content-Encoding", "gzip")
	resp, err := e.client.Do(r)
	if err != nil {
		if u := (*url.Error)(nil); errors.As(err, &u) {
			err = u.Err // the cause without the address
		}
		return 0, 0, fmt.Errorf("send spans to %s: %w", r.URL.Host, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case resp.StatusCode/100 == 2 && err == nil:
		return rejected(answer), 0, nil
	case resp.StatusCode/100 == 2:
		return 0, 0, fmt.Errorf("read the answer of %s: %w", r.URL.Host, err)
	}
	err = fmt.Errorf("%s answers %s", r.URL.Host, resp.Status)
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return 0, retryAfter(resp.Header.Get("Retry-After"), time.Now()), err // those that OTLP names
	}
	return 0, -1, err
}

// tell logs the first failure of a row, and the success that ends it.
func (e *exporter) tell(err error, spans int) {
	switch {
	case err != nil && !e.failing:
		e.log.Warn("trace.export_failed", "error", err, "spans", spans)
	case err == nil && e.failing:
		e.log.Info("trace.export_recovered", "spans", spans)
	}
	e.failing = err != nil
}

func (e *exporter) close() { e.client.CloseIdleConnections() }

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
