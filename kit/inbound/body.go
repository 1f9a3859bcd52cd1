package inbound

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// limit bounds the request in time and size.
func (x *exchange) limit() {
	rt, r := x.route, &x.request
	x.ctx.deadline = deadlineOf(r, x.start, rt.timeout)
	x.limitWriting()
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	until, _ := x.ctx.Deadline()
	x.body = openBody(x.res.inner, r.Body, rt.maxBody, until)
	r.Body = x.body
}

// body is a request's body with its limits, counted. The deadline is the
// connection's, for a Read that waits for a slow caller cannot be cancelled
// otherwise, and net/http waits for the rest of a body before it answers.
type body struct {
	io.ReadCloser
	w     http.ResponseWriter
	timed bool
	late  bool // a Read ran into the deadline
	read  atomic.Int64
}

func openBody(w http.ResponseWriter, r io.ReadCloser, most int64, until time.Time) *body {
	b := &body{w: w, ReadCloser: http.MaxBytesReader(w, r, most)}
	if !until.IsZero() {
		b.timed = http.NewResponseController(w).SetReadDeadline(until) == nil
	}
	return b
}

// Read implements [io.Reader]. After the last byte the deadline is lifted: it
// would else end net/http's watch for callers that leave, and with it the
// request's context.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Add(int64(n))
	b.late = b.late || errors.Is(err, os.ErrDeadlineExceeded)
	if err == io.EOF && b.timed {
		b.timed = false
		_ = http.NewResponseController(b.w).SetReadDeadline(time.Time{})
	}
	return n, err
}
