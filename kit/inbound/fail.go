package inbound

import (
	"context"
	"errors"
	"net/http"
	"os"

	"github.com/golive-dev/golive/kit/problem"
)

// Func is an [http.Handler] that returns what went wrong: see [Fail].
type Func func(w http.ResponseWriter, r *http.Request) error

// ServeHTTP implements [http.Handler].
func (f Func) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := f(w, r); err != nil {
		Fail(w, r, err)
	}
}

// Fail answers r with err as [problem.Write] does, and notes it for the
// request's line of log, which has its text if the status is 500 or more: an
// error must not hold what no log may. Only errors of an http.Client, which hold
// the whole URL, are told without it wherever they are wrapped: "Get
// payments:8082: EOF".
//
// An error that is no problem is what [problem.From] makes of it, a 500 mostly,
// but for three that the request itself causes: 413 for a body that is too large,
// 408 for one that comes too slowly, and 504 when the request's time is over;
// outside of a Mux there are no such limits. Where an answer was begun already it
// is cut.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	x := of(r.Context())
	if x == nil {
		problem.Write(w, r, err)
		return
	}
	x.err = err
	if x.res.status != 0 {
		x.aborted = !x.res.hijacked
		return
	}
	problem.Write(w, r, x.translate(err))
}

// translate makes problems of the errors that the limits of a Mux cause.
func (x *exchange) translate(err error) error {
	var known *problem.Problem
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &large):
		return tooLarge(large.Limit).Because(err)
	case errors.Is(err, context.DeadlineExceeded) && errors.Is(x.ctx.Err(), context.DeadlineExceeded):
		return tooLate().Because(err)
	case x.body != nil && x.body.late && errors.Is(err, os.ErrDeadlineExceeded):
		return tooSlow().Because(err)
	}
	return err
}
