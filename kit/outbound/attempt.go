package outbound

import (
	"context"
	"errors"
	"net/http"
	"time"

	kitmetrics "github.com/golive-dev/golive/kit/metrics"
)

// try makes one attempt: from here to the last byte of the answer it is bounded by its share and the call's deadline.
func (c *call) try() (*http.Response, *Error) {
	now := c.start
	if c.attempt++; c.attempt > 1 {
		now = time.Now()
	}
	c.granted = min(c.share.of, c.deadline.Sub(now))
	c.fair = c.fair || 2*c.granted >= c.share.of
	if c.granted <= 0 {
		closeBody(c.req)
		return nil, c.late()
	}
	c.g.metrics.Attempts.Inc()
	if streaming(c.req) {
		return c.tryStream(now)
	}
	end := now.Add(c.granted)
	ctx, cancel := context.WithDeadline(c.req.Context(), end)
	defer cancel()
	ctx, span := c.startSpan(&attemptContext{ctx, end})
	resp, failure := c.send(ctx, cancel, span)
	if failure == nil {
		failure = c.buffer(resp)
	}
	span.end(resp, failure)
	if failure != nil {
		return nil, failure
	}
	return resp, nil
}

// send sends the request and judges what comes first: an error or a status. The body of a failed answer is
// discarded so that the connection can be used again.
func (c *call) send(ctx context.Context, cancel func(), span attemptSpan) (*http.Response, *Error) {
	out, err := c.outgoing(ctx, span.sc)
	if err != nil {
		return nil, c.failure(kitmetrics.Failed, err, "the request's body cannot be read again")
	}
	resp, err := c.g.Transport.RoundTrip(out)
	if err != nil {
		if b, ok := out.Body.(*watchedBody); ok && b.broken.Load() && !c.gone() {
			return nil, c.failure(kitmetrics.Failed, err, "the request's body could not be read")
		}
		return nil, c.broken(err, false)
	}
	resp.Request = c.req // not out, whose context ends with the attempt
	if failure := c.status(resp); failure != nil {
		discard(resp.Body, cancel)
		return nil, failure
	}
	return resp, nil
}

var errUpgrade = errors.New("the peer wants to switch protocols")

// buffer reads the whole body within the attempt, so that a body that drips or stops is a failure like any other.
func (c *call) buffer(resp *http.Response) *Error {
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return c.failure(kitmetrics.Failed, errUpgrade, errUpgrade.Error()+", which this client does not do")
	}
	content, err := readAll(resp, c.g.MaxResponse)
	switch {
	case err == ErrTooLarge:
		e := c.failure(kitmetrics.Failed, ErrTooLarge, tooLarge(c.g.MaxResponse))
		e.Status = resp.StatusCode
		return e
	case err != nil:
		return c.broken(err, true)
	}
	resp.Body = newBuffered(content)
	return nil
}
