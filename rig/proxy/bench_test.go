package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// BenchmarkRequests compares requests on kept-alive connections: directly,
// through the tee and through the stream. req/s of one line against another
// is the proxy's share.
func BenchmarkRequests(b *testing.B) {
	target := upstream(b)
	for _, way := range []struct{ name, addr string }{
		{"direct", target},
		{"tee", bare(b, true, target).Addr()},
		{"stream", bare(b, false, target).Addr()},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				c, err := net.Dial("tcp4", way.addr)
				if err != nil {
					b.Error(err)
					return
				}
				defer c.Close()
				br := bufio.NewReader(c)
				for pb.Next() {
					_, _ = io.WriteString(c, "GET /bench HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n")
					res, err := http.ReadResponse(br, nil)
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, res.Body)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}

// BenchmarkBytes compares how fast a body of 1 MiB comes.
func BenchmarkBytes(b *testing.B) {
	body := make([]byte, 1<<20)
	target := serve(b, func(c net.Conn) {
		for br := bufio.NewReader(c); ; {
			if _, err := http.ReadRequest(br); err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n")
			_, _ = c.Write(body)
		}
	})
	for _, way := range []struct{ name, addr string }{
		{"direct", target},
		{"tee", bare(b, true, target).Addr()},
		{"stream", bare(b, false, target).Addr()},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			c, err := net.Dial("tcp4", way.addr)
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			br := bufio.NewReader(c)
			for b.Loop() {
				_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
				res, err := http.ReadResponse(br, nil)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, res.Body)
			}
		})
	}
}

// bare returns a proxy that tells nobody of its calls.
func bare(b *testing.B, http bool, target string) *Proxy {
	p, err := New(Options{HTTP: http, Target: func() string { return target }, On: func(_ time.Time, _ evidence.Call) {}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.Close)
	return p
}
