package inbound

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/golive-dev/golive/kit/problem"
)

// panicked answers for a handler that could not. Where nothing was sent yet the
// caller gets a 500 and keeps the connection; else the answer is cut, for one
// that only looks whole is worse than none. [http.ErrAbortHandler] is the
// handler's own wish to cut it, and no news.
func (x *exchange) panicked(v any) {
	if x.route == nil {
		x.match(x.mux.unmatched)
	}
	if v == http.ErrAbortHandler {
		x.aborted = true
		return
	}
	x.err = panicError(v)
	attrs := append(x.traceAttrs(), slog.String("method", x.endpoint.method), slog.String("route", x.route.template),
		slog.String("error", x.err.Error()), slog.String("stack", string(debug.Stack())))
	x.mux.options.Log.LogAttrs(&x.ctx, slog.LevelError, eventPanicked, attrs...)
	if x.res.status != 0 {
		x.aborted = !x.res.hijacked
		return
	}
	problem.Write(&x.res, &x.request, x.err)
}

// panicError says what a panic was without saying what it held: a text put
// together by a handler may hold what its caller sent. The stack leads to the
// line where it stands. The runtime's own errors hold numbers and types only.
func panicError(v any) error {
	if err, ok := v.(runtime.Error); ok {
		return fmt.Errorf("panic: %w", err)
	}
	if v == nil {
		return errors.New("panic")
	}
	return fmt.Errorf("panic with a value of type %T; see the stack for the line", v)
}
