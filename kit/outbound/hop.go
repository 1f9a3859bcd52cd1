package outbound

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	kitmetrics "github.com/golive-dev/golive/kit/metrics"
)

// A hop is what the next request of a redirected call inherits, so that all of them are one call: with one deadline,
// one count of retries, and one line. It travels in the body of the redirecting answer, which net/http hands on.
type hop struct {
	began, deadline time.Time
	retries         int
	redirects       int
}

func hopBefore(req *http.Request) (hop, bool) {
	r, ok := redirectBefore(req)
	if !ok {
		return hop{}, false
	}
	return hop{began: r.c.began, deadline: r.c.deadline, retries: r.c.attempt - 1, redirects: r.c.redirects}, true
}

func redirectBefore(req *http.Request) (*redirect, bool) {
	if req.Response == nil {
		return nil, false
	}
	r, ok := req.Response.Body.(*redirect)
	return r, ok
}

// sendsOn reports whether http.Client may follow the answer elsewhere.
func sendsOn(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	}
	return false
}

// sentOn takes an answer that sends the call on. One redirect too many is a failure of the dependency; http.Client
// would find it only where no fallback and no breaker can help any more.
func (c *call) sentOn(resp *http.Response) *Error {
	if c.redirects == maxRedirects {
		_ = resp.Body.Close()
		e := c.failure(kitmetrics.Failed, ErrRedirects, "redirected more than "+strconv.Itoa(maxRedirects)+" times")
		e.Status, e.counts = resp.StatusCode, true
		return e
	}
	if b, ok := resp.Body.(*buffered); ok {
		resp.Body = newRedirect(c, resp.StatusCode, b)
	}
	return nil
}

// A redirect is the body of an answer that sends the call on. Whether it is the call's answer, or the call goes on
// elsewhere, shows only afterwards: when checkRedirect is asked, the body is closed, or the time is over.
type redirect struct {
	*buffered
	c      *call
	status int
	took   time.Duration

	mu    sync.Mutex
	ended bool
	late  *time.Timer
}

func newRedirect(c *call, status int, b *buffered) *redirect {
	c.open = true
	r := &redirect{buffered: b, c: c, status: status, took: time.Since(c.began)}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late = time.AfterFunc(time.Until(c.deadline), func() { r.end(false) })
	return r
}

// Close implements io.Closer.
func (r *redirect) Close() error {
	r.end(false)
	return r.buffered.Close()
}

// end gives back what the call holds, once. A redirect that is followed tells the breaker nothing yet, and is no call
// of its own in log and metrics.
func (r *redirect) end(followed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	r.ended = true
	r.late.Stop()
	if followed {
		r.c.leave(errNotCounted)
		r.c.g.log.redirected(r.c, r.status, r.took)
		return
	}
	r.c.leave(nil)
	r.c.answered(r.status, r.took)
}
