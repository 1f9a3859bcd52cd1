package load

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/golive-dev/golive/service"
)

// serveInTwoWrites answers as Python's http.server does: head and body
// apart, without TCP_NODELAY.
func serveInTwoWrites(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.(*net.TCPConn).SetNoDelay(false)
				for br := bufio.NewReader(c); ; {
					if _, err := http.ReadRequest(br); err != nil {
						return
					}
					c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"))
					c.Write([]byte("ok"))
				}
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestNoDelayedAcknowledgementIsMeasured(t *testing.T) {
	m, err := NewMaker(serveInTwoWrites(t), service.Traffic{Request: "GET /"})
	if err != nil {
		t.Fatal(err)
	}
	var p pool
	defer p.close()
	var took []time.Duration
	for range 41 {
		r := p.do(context.Background(), m.Next(), time.Now())
		if !r.OK() {
			t.Fatalf("%d %s", r.Status, r.Error)
		}
		took = append(took, r.Took.D())
	}
	slices.Sort(took)
	// A delayed acknowledgement takes 40 ms on each request but the first few.
	if median := took[len(took)/2]; median > 30*time.Millisecond {
		t.Errorf("the median is %s: our own acknowledgements are in it", median)
	}
}
