package inbound

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/kit/shed"
)

// statusClientLeft is nginx' status for a request whose caller went away
// before the answer: nobody's failure, and never sent.
const statusClientLeft = 499

// exchange is one request and its answer. Everything that a request needs
// but a body lives in this one allocation. It is not pooled: contexts outlive
// requests. It is kept small, since what the collector of garbage takes for 100
// bytes of each request is as much as a field of the line of log.
type exchange struct {
	ctx     requestContext
	res     response
	request http.Request
	body    *body // nil: the request has none

	mux      *Mux
	route    *route // nil until matched
	endpoint *endpoint
	start    time.Time
	ticket   shed.Ticket
	subject  atomic.Pointer[string]
	err      error   // what the handler returned
	refused  refusal // why the handler was not asked
	sampled  bool    // there is a span to end
	aborted  bool    // the answer is cut, so that the caller sees that it is not whole
}

// ServeHTTP serves what the route's pattern matched.
func (rt *route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := w.(*response).exchange
	x.route, x.endpoint = rt, rt.endpoint(r.Method)
	x.startTrace()
	if !x.admit() {
		return
	}
	rt.handler.ServeHTTP(w, r)
}

// end does what is owed to every request, whatever became of it. It is
// deferred itself, since only that recovers.
func (x *exchange) end() {
	if v := recover(); v != nil {
		x.panicked(v)
	}
	x.ctx.end()
	if f := x.request.MultipartForm; f != nil {
		_ = f.RemoveAll() // net/http removes those of its own copy of the request only
	}
	status := x.status()
	x.ticket.Release(status < 500)
	x.mux.options.Metrics.InFlight.Dec()
	x.report(status)
	if x.aborted {
		panic(http.ErrAbortHandler)
	}
}

// status is how the request ended, for logs, metrics and spans.
func (x *exchange) status() int {
	switch {
	case x.aborted && x.clientLeft():
		return statusClientLeft
	case x.aborted:
		return http.StatusInternalServerError
	case x.res.status != 0:
		return x.res.status
	}
	x.res.begin(http.StatusOK) // net/http answers for a handler that did not
	if x.clientLeft() {
		return statusClientLeft
	}
	return http.StatusOK
}

// clientLeft reports whether the caller closed the connection. A server that
// ends its requests itself does so with a cause of its own, through its
// BaseContext.
func (x *exchange) clientLeft() bool {
	return x.ctx.parent.Err() != nil && context.Cause(x.ctx.parent) == context.Canceled
}

// of returns the exchange that a context belongs to, or nil.
func of(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// SetSubject notes who asks, once that is known, for the request's line of log.
// id is the service's own name for an account or a client: never a mail address
// or anything else that says more. Outside of a Mux it does nothing.
func SetSubject(ctx context.Context, id string) {
	if x := of(ctx); x != nil {
		x.subject.Store(&id)
	}
}
