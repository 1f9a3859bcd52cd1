package inbound

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// response notes what is answered. It has every optional method of net/http's
// own writer, and passes each on: one that the writer below lacks fails, or does
// without, as [http.ResponseController] says.
type response struct {
	inner    http.ResponseWriter
	exchange *exchange
	status   int // 0 before the final header
	own      int // what http.ServeMux wanted to answer where no route matched
	written  int64
	hijacked bool
}

// Unwrap is for [http.ResponseController].
func (w *response) Unwrap() http.ResponseWriter { return w.inner }

// Header implements [http.ResponseWriter].
func (w *response) Header() http.Header { return w.inner.Header() }

// WriteHeader implements [http.ResponseWriter].
func (w *response) WriteHeader(status int) {
	switch {
	case w.exchange.route == nil && status >= 400:
		w.own = status
		return
	case w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols):
		w.begin(status)
	}
	w.inner.WriteHeader(status)
}

// begin notes the status, and adds what has to be known before it is sent.
func (w *response) begin(status int) {
	w.status = status
	if status >= 500 && w.exchange.clientLeft() {
		w.status = statusClientLeft
	}
	if w.exchange.mux.draining.Load() {
		w.inner.Header()["Connection"] = []string{"close"}
	}
}

// Write implements [http.ResponseWriter].
func (w *response) Write(p []byte) (int, error) {
	if w.own != 0 {
		return len(p), nil // http.ServeMux's plain text
	}
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	n, err := w.inner.Write(p)
	w.written += int64(n)
	return n, err
}

// WriteString implements [io.StringWriter].
func (w *response) WriteString(s string) (int, error) {
	if w.own != 0 {
		return len(s), nil
	}
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	n, err := io.WriteString(w.inner, s)
	w.written += int64(n)
	return n, err
}

// ReadFrom implements [io.ReaderFrom], by which files are sent without being
// copied through the process.
func (w *response) ReadFrom(src io.Reader) (int64, error) {
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	n, err := io.Copy(w.inner, src)
	w.written += n
	return n, err
}

// Flush implements [http.Flusher].
func (w *response) Flush() { _ = w.FlushError() }

// FlushError is for [http.ResponseController].
func (w *response) FlushError() error {
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	return http.NewResponseController(w.inner).Flush()
}

// Hijack implements [http.Hijacker].
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.inner).Hijack()
	if err == nil {
		w.hijacked = true
		if w.status == 0 {
			w.status = http.StatusSwitchingProtocols
		}
	}
	return conn, rw, err
}

// Push implements [http.Pusher].
func (w *response) Push(target string, o *http.PushOptions) error {
	if p, ok := w.inner.(http.Pusher); ok {
		return p.Push(target, o)
	}
	return http.ErrNotSupported
}
