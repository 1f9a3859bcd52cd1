package outbound

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	kittrace "github.com/golive-dev/golive/kit/trace"
	"go.opentelemetry.io/otel/trace"
)

const idempotencyKey = "Idempotency-Key"

// repeatable reports whether the request may be sent more than once: its method is idempotent (RFC 9110, section
// 9.2.2) or it has an idempotency key, and its body, if any, can be had again.
func repeatable(req *http.Request) bool {
	if hasBody(req) && req.GetBody == nil {
		return false
	}
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return req.Header.Get(idempotencyKey) != ""
}

func hasBody(req *http.Request) bool { return req.Body != nil && req.Body != http.NoBody }

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// outgoing returns the request as this attempt sends it; the caller's own is left as it is.
func (c *call) outgoing(ctx context.Context, sc trace.SpanContext) (*http.Request, error) {
	out := c.req.WithContext(ctx)
	out.Header = c.header(sc)
	switch {
	case !hasBody(out):
	case c.req.GetBody == nil:
		out.Body = &watchedBody{ReadCloser: out.Body}
	case c.attempt > 1:
		body, err := c.req.GetBody()
		if err != nil {
			return nil, err
		}
		out.Body = body
	}
	forbidReplay(out)
	return out, nil
}

// header copies the request's header, whose values are shared and never written to, and adds what the attempt needs.
func (c *call) header(sc trace.SpanContext) http.Header {
	h := make(http.Header, len(c.req.Header)+3)
	for name, values := range c.req.Header {
		h[name] = values
	}
	values := &[2]string{kittrace.Format(sc), c.share.text}
	if c.granted != c.share.of {
		values[1] = requestTimeout(c.granted)
	}
	h["Traceparent"], h["Request-Timeout"] = values[0:1:1], values[1:2:2]
	if state := sc.TraceState(); state.Len() > 0 {
		h["Tracestate"] = []string{state.String()}
	}
	return h
}

// requestTimeout is the value of the header that tells the peer how long it has, as kit/inbound reads it.
func requestTimeout(d time.Duration) string {
	return strconv.FormatInt(max(d.Milliseconds(), 1), 10) + "ms"
}

// forbidReplay keeps http.Transport from sending the request once more by itself when a reused connection
// breaks: each attempt is to be counted, bounded, spaced and logged. The transport replays what has no body or can
// have it again, so a request without a body gets one that is empty and looks unique. It is sent as no body: the
// "identity" encoding spares the transport to probe it first. POST and its kin would lose their "Content-Length: 0";
// they are replayed only with an idempotency key, which the transport finds in canonical spelling only.
func forbidReplay(out *http.Request) {
	out.GetBody = nil
	if hasBody(out) {
		return
	}
	switch out.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		out.Body, out.TransferEncoding = unique{}, identity
		return
	}
	for name, spelled := range respelled {
		if key, ok := out.Header[name]; ok {
			delete(out.Header, name)
			out.Header[spelled] = key
		}
	}
}

var (
	identity  = []string{"identity"}
	respelled = map[string]string{idempotencyKey: "idempotency-key", "X-Idempotency-Key": "x-idempotency-key"}
)

// unique is an empty body that net/http cannot know to be empty. Its WriteTo spares io.Copy a buffer of 32 KiB.
type unique struct{}

func (unique) Read([]byte) (int, error)         { return 0, io.EOF }
func (unique) WriteTo(io.Writer) (int64, error) { return 0, nil }
func (unique) Close() error                     { return nil }

// A watchedBody remembers that reading it failed: that is then not the dependency's fault, as when a proxy's own
// client hangs up in the middle of an upload.
type watchedBody struct {
	io.ReadCloser
	broken atomic.Bool
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		b.broken.Store(true)
	}
	return n, err
}
