package idempotency

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
)

// recorder lets an answer through and keeps a copy.
type recorder struct {
	http.ResponseWriter
	before   http.Header // what was set outside of the handler
	max      int
	answer   Answer
	streamed bool
}

func newRecorder(w http.ResponseWriter, max int) *recorder {
	return &recorder{ResponseWriter: w, before: w.Header().Clone(), max: max}
}

// WriteHeader keeps the first final status, and the headers as they are then.
func (a *recorder) WriteHeader(status int) {
	if a.answer.Status == 0 && status >= http.StatusOK {
		a.answer.Status, a.answer.Header = status, a.own()
	}
	a.ResponseWriter.WriteHeader(status)
}

// own returns the headers that the handler set. Those of the outside, such as
// a request id, are not the answer's.
func (a *recorder) own() http.Header {
	h := maps.Clone(a.Header())
	for name, values := range h {
		if slices.Equal(values, a.before[name]) || name == "Date" || name == "Connection" || name == "Transfer-Encoding" || name == "Trailer" {
			delete(h, name)
		}
	}
	return h.Clone()
}

// Write keeps what it lets through. As long as all is kept it does not fail:
// the caller may have left, but will be back for the whole answer.
func (a *recorder) Write(p []byte) (int, error) {
	if a.answer.Status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	n, err := a.ResponseWriter.Write(p)
	if a.answer.TooLarge || len(a.answer.Body)+len(p) > a.max {
		a.answer.TooLarge, a.answer.Body = true, nil
		return n, err
	}
	a.answer.Body = append(a.answer.Body, p...)
	return len(p), nil
}

// FlushError is what [http.ResponseController] calls.
func (a *recorder) FlushError() error {
	if a.answer.Status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	a.streamed = true
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// Flush keeps [http.Flusher] working.
func (a *recorder) Flush() { _ = a.FlushError() }

// Hijack is refused: nothing could be kept of what goes over the connection.
func (a *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, fmt.Errorf("a request with an Idempotency-Key must be answered over HTTP: %w", http.ErrNotSupported)
}

// Unwrap lets deadlines be set.
func (a *recorder) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// whole returns the answer if it is to be given again: if it says what was
// done or why it never can be, and the handler did not stop in the midst of it
// because ctx ended.
func (a *recorder) whole(ctx context.Context) (Answer, bool) {
	if ctx.Err() != nil && (a.answer.Status == 0 || a.streamed) {
		return Answer{}, false
	}
	if a.answer.Status == 0 {
		a.answer.Status, a.answer.Header = http.StatusOK, a.own()
	}
	return a.answer, final(a.answer.Status)
}

// final reports whether the same request would be answered the same way again.
// A failure of the service, a rate limit, missing credentials, a conflict
// may be over next time.
func final(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout, http.StatusConflict,
		http.StatusLocked, http.StatusTooEarly, http.StatusTooManyRequests, statusClientLeft:
		return false
	}
	return status < http.StatusInternalServerError
}

// statusClientLeft is nginx's 499, which kit/inbound uses, too.
const statusClientLeft = 499
