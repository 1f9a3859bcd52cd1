package outbound

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	kitmetrics "github.com/golive-dev/golive/kit/metrics"
)

type streamKey struct{}

// Stream marks the requests made with the context it returns: their answers are not read into memory, and
// MaxResponse does not hold for them. Try then bounds the time until the answer's headers, and the call's Timeout,
// still, the reading of the body by the caller, who must close it. A body that breaks is an error of its Read, an
// *Error: neither a retry nor the fallback can help any more.
//
//	req, err := http.NewRequestWithContext(outbound.Stream(ctx), http.MethodGet, url, nil)
func Stream(ctx context.Context) context.Context {
	return context.WithValue(ctx, streamKey{}, true)
}

func streaming(req *http.Request) bool { return req.Context().Value(streamKey{}) != nil }

// tryStream makes one attempt whose body the caller reads.
func (c *call) tryStream(now time.Time) (*http.Response, *Error) {
	ctx, cancel := context.WithDeadline(c.req.Context(), c.deadline)
	tooLate := time.AfterFunc(c.granted, cancel)
	ctx, span := c.startSpan(&attemptContext{ctx, now.Add(c.granted)})
	resp, failure := c.send(ctx, cancel, span)
	redirected := failure == nil && sendsOn(resp)
	if redirected {
		failure = c.buffer(resp)
	}
	if !tooLate.Stop() && failure == nil {
		_ = resp.Body.Close()
		failure = c.broken(context.DeadlineExceeded, false)
	}
	span.end(resp, failure)
	if failure != nil || redirected {
		cancel()
		return resp, failure
	}
	c.open = true
	resp.Body = newStream(ctx, cancel, c, resp.Body)
	return resp, nil
}

// A stream is the body of an answer that its caller reads. Its end, however it comes, ends the call.
type stream struct {
	io.ReadCloser
	c       *call
	cancel  func()
	once    sync.Once
	unwatch func() bool
}

// abandoned is how long after the deadline a stream that nobody reads or closes is given up: a caller who does read
// gets the error before, and that tells more.
const abandoned = time.Second

func newStream(ctx context.Context, cancel func(), c *call, body io.ReadCloser) *stream {
	s := &stream{ReadCloser: body, c: c, cancel: cancel}
	s.unwatch = context.AfterFunc(ctx, func() {
		time.AfterFunc(abandoned, func() { s.end(errNotCounted) }) // the place in the bulkhead must not be lost
	})
	return s
}

// Read implements io.Reader. Its error, other than io.EOF, is an *Error.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	switch {
	case err == nil:
		return n, nil
	case err == io.EOF:
		s.end(nil)
		return n, io.EOF
	}
	return n, s.fail(err)
}

// fail ends the call with an error of its body, logged once.
func (s *stream) fail(err error) error {
	s.c.granted = s.c.deadline.Sub(s.c.start)
	failure := s.c.broken(err, true)
	if s.end(verdict(failure)) {
		s.report(failure)
	}
	return failure
}

func (s *stream) report(failure *Error) {
	took := time.Since(s.c.began)
	if failure.outcome == kitmetrics.Canceled {
		s.c.g.log.canceled(s.c, failure, took)
		return
	}
	s.c.g.log.failed(s.c, failure, took, "")
}

// Close implements io.Closer.
func (s *stream) Close() error {
	err := s.ReadCloser.Close()
	s.end(nil)
	return err
}

// end gives back what the call holds, once, and reports whether it was this time.
func (s *stream) end(verdict error) (first bool) {
	s.once.Do(func() {
		first = true
		s.unwatch()
		s.cancel()
		s.c.leave(verdict)
	})
	return first
}
