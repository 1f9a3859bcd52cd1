package measure

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"time"
)

// Traceparent returns the header of a caller whose trace is sampled or not.
func Traceparent(sampled bool) string {
	const ids = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"
	if sampled {
		return ids + "01"
	}
	return ids + "00"
}

// Handler returns a loop that answers GET /users/42 in process, on a writer
// that can do what the one of net/http can. Every request is a fresh copy, so
// that nothing that a handler leaves in one helps the next.
func Handler(h http.Handler, sampled bool) (Loop, error) {
	template, err := http.NewRequest(http.MethodGet, "/users/42", nil)
	if err != nil {
		return nil, err
	}
	template.Host, template.RemoteAddr, template.Proto = "127.0.0.1", "127.0.0.1:40000", "HTTP/1.1"
	template.RequestURI, template.Body = "/users/42", http.NoBody
	template.Header = http.Header{
		"Traceparent": {Traceparent(sampled)},
		"User-Agent":  {"bench"},
	}
	w := &sink{header: http.Header{}}
	return func(n int) {
		for range n {
			r := *template
			clear(w.header)
			h.ServeHTTP(w, &r)
		}
	}, nil
}

// sink is a response that is thrown away.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header                          { return s.header }
func (s *sink) WriteHeader(int)                              {}
func (s *sink) Write(b []byte) (int, error)                  { return len(b), nil }
func (s *sink) WriteString(t string) (int, error)            { return len(t), nil }
func (s *sink) ReadFrom(r io.Reader) (int64, error)          { return io.Copy(io.Discard, r) }
func (s *sink) Flush()                                       {}
func (s *sink) SetReadDeadline(time.Time) error              { return nil }
func (s *sink) SetWriteDeadline(time.Time) error             { return nil }
func (s *sink) EnableFullDuplex() error                      { return nil }
func (s *sink) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, http.ErrNotSupported }
