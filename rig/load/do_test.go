package load_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/service"
)

const created = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"

func TestDo(t *testing.T) {
	for _, test := range []struct {
		name   string
		talk   func(c connection)
		status int
		err    string
	}{
		{"an answer", func(c connection) { c.request(); io.WriteString(c, created) }, 201, ""},
		{"interim answers", func(c connection) {
			c.request()
			io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"+created)
		}, 201, ""},
		{"a body up to the close", func(c connection) { c.request(); io.WriteString(c, "HTTP/1.0 201 Created\r\n\r\nok") }, 201, ""},
		{"a redirect", func(c connection) {
			c.request()
			io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
		}, 302, ""},
		{"a close", func(c connection) { c.request() }, 0, "connection closed before an answer"},
		{"a reset", func(c connection) { c.request(); c.reset() }, 0, "connection reset before an answer"},
		{"half a head", func(c connection) { c.request(); io.WriteString(c, "HTTP/1.1 201 Cr") }, 0, "connection closed before an answer"},
		{"half a body", func(c connection) {
			c.request()
			io.WriteString(c, "HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\nhalf")
		}, 201, "connection closed after 4 bytes of the body"},
		{"half a chunked body", func(c connection) {
			c.request()
			io.WriteString(c, "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
		}, 201, "connection closed after 4 bytes of the body"},
		{"no HTTP", func(c connection) { c.request(); io.WriteString(c, "220 mail\r\n\r\n") }, 0, `malformed HTTP status code "mail" before an answer`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.talk)
			res := load.Do(within(t), maker(t, s.url, order).Next(), patience)
			if res.Status != test.status || res.Error != test.err || res.Open {
				t.Errorf("status %d, error %q, open %t; want %d, %q", res.Status, res.Error, res.Open, test.status, test.err)
			}
			if res.OK() != (test.status == 201 && test.err == "") {
				t.Errorf("ok = %t", res.OK())
			}
			if n := s.conns.Load(); n != 1 {
				t.Errorf("%d connections, want 1: nothing is sent twice", n)
			}
		})
	}
}

func TestDoRefused(t *testing.T) {
	res := load.Do(within(t), maker(t, refused(t), look).Next(), patience)
	if res.Error != "connection refused before the request" || res.Open || !res.Sent.IsZero() || res.NotSent() {
		t.Errorf("result = %+v", res)
	}
}

func TestDoStopsWaiting(t *testing.T) {
	for _, test := range []struct {
		name   string
		talk   func(c connection)
		status int
	}{
		{"silence", connection.hang, 0},
		{"a head, then silence", func(c connection) {
			c.request()
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
			c.hang()
		}, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			const limit = 50 * time.Millisecond
			res := load.Do(within(t), maker(t, serve(t, test.talk).url, look).Next(), limit)
			if !res.Open || res.Error != "" || res.Status != test.status || res.Took.D() < limit || res.OK() {
				t.Errorf("result = %+v, want it open with status %d", res, test.status)
			}
		})
	}
}

func TestDoEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(within(t))
	s := serve(t, func(c connection) { c.request(); cancel(); c.hang() })
	if res := load.Do(ctx, maker(t, s.url, look).Next(), 0); !res.Open {
		t.Errorf("result = %+v, want it open", res)
	}
}

// A service may refuse a long body before it has read all of it.
func TestDoReadsAnEarlyAnswer(t *testing.T) {
	s := serve(t, func(c connection) {
		io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
		<-t.Context().Done() // and reads nothing
	})
	big := order
	big.Body = strings.Repeat("x", 32<<20)
	if res := load.Do(within(t), maker(t, s.url, big).Next(), patience); res.Status != 413 || res.Error != "" {
		t.Errorf("result: status %d, error %q, want 413", res.Status, res.Error)
	}
}

func TestDoKeepsWhatMatters(t *testing.T) {
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Two"] = []string{"a", "b"}
		w.Header().Set("X-Long", strings.Repeat("l", 600))
		w.Header().Set("X-Saw", r.Header.Get("User-Agent")+" "+r.Host)
		io.WriteString(w, "\xff"+strings.Repeat("b", 5000))
	})
	r := maker(t, url, look).Next()
	r.Header.Set("Host", "shop.example")
	res := load.Do(within(t), r, patience)
	if got := res.Header["x-two"]; got != "a, b" {
		t.Errorf("x-two = %q, want both values", got)
	}
	if got := len(res.Header["x-long"]); got != 512 {
		t.Errorf("x-long has %d bytes, want 512", got)
	}
	if got := res.Header["x-saw"]; got != "golive shop.example" {
		t.Errorf("the service saw %q", got)
	}
	if want := "\uFFFD" + strings.Repeat("b", 2047); res.Body != want {
		t.Errorf("body of %d bytes %q…, want the first 2 KiB in valid UTF-8", len(res.Body), res.Body[:8])
	}
}

func TestDoGivesUpOnAnEndlessAnswer(t *testing.T) {
	url := web(t, func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 1<<20)
		for {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	if res := load.Do(within(t), maker(t, url, look).Next(), patience); !strings.Contains(res.Error, "longer than 64 MiB") {
		t.Errorf("error = %q", res.Error)
	}
}

func TestDoOverTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	if res := load.Do(within(t), maker(t, s.URL, look).Next(), patience); !res.OK() {
		t.Errorf("result = %+v", res)
	}
}

func TestDoDoesNotSendWhatHTTPCannotCarry(t *testing.T) {
	r := maker(t, web(t, func(http.ResponseWriter, *http.Request) {}), look).Next()
	r.URL.Opaque = "/a\nb"
	if res := load.Do(within(t), r, patience); !res.NotSent() {
		t.Errorf("result = %+v, want it not sent", res)
	}
}

func TestQuantile(t *testing.T) {
	var results []load.Result
	for i := 100; i > 0; i-- {
		var r load.Result
		r.Took = service.Duration(i) * service.Duration(time.Millisecond)
		results = append(results, r)
	}
	results = append(results, load.Result{}, load.Result{})
	results[100].Error, results[101].Error = "not sent: 1 requests are in flight already", "not sent: 1"
	for q, want := range map[float64]time.Duration{0: 1, 0.01: 1, 0.07: 7, 0.5: 50, 0.95: 95, 0.99: 99, 0.991: 100, 1: 100} {
		if got := load.Quantile(results, q); got != want*time.Millisecond {
			t.Errorf("quantile %g = %s, want %d ms", q, got, want)
		}
	}
	if got := load.Quantile(nil, 0.5); got != 0 {
		t.Errorf("quantile of nothing = %s", got)
	}
}
