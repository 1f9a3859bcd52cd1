package proxy

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/golive-dev/golive/evidence"
)

// Status is a dependency that reads a request and answers with an error. It
// needs HTTP: what is none passes unharmed and is no hit.
type Status struct {
	Code       int    // of the answer; 0: 503
	Body       string // sent as text/plain
	RetryAfter int    // asks callers to stay away for so many seconds; 0: says nothing about it
}

// Shape returns "status".
func (Status) Shape() string { return "status" }

func (s Status) meet(x *exchange) error {
	h, ok := x.talk.(*httpTalk)
	if !ok {
		x.spare()
		return x.pass()
	}
	if err := x.hear(); err != nil {
		return err
	}
	code := cmp.Or(s.Code, http.StatusServiceUnavailable)
	x.proxy.log.amend(x.call, func(c *evidence.Call) { c.Status = code })
	body := s.Body
	if h.req.Method == http.MethodHead {
		body = ""
	}
	return x.send(fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n%sContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s",
		code, http.StatusText(code), s.retryAfter(), len(s.Body), body))
}

func (s Status) retryAfter() string {
	if s.RetryAfter <= 0 {
		return ""
	}
	return fmt.Sprintf("Retry-After: %d\r\n", s.RetryAfter)
}
