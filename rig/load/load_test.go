package load_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/service"
)

// patience is how long a test waits for what must happen. Nothing is measured
// against it.
const patience = 30 * time.Second

// within returns a context that ends the test when nothing happens.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// web serves h and returns its address.
func web(t *testing.T, h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// raw is a server that does with each connection what it is told.
type raw struct {
	url   string
	conns atomic.Int64
}

// connection is one that a raw server got; n counts from 1.
type connection struct {
	*net.TCPConn
	n  int64
	br *bufio.Reader
}

// serve gives each connection to talk, and closes it afterwards.
func serve(t *testing.T, talk func(c connection)) *raw {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &raw{url: "http://" + l.Addr().String()}
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer nc.Close()
				talk(connection{nc.(*net.TCPConn), s.conns.Add(1), bufio.NewReader(nc)})
			}()
		}
	}()
	return s
}

// request reads one whole request and reports whether there was one.
func (c connection) request() bool {
	r, err := http.ReadRequest(c.br)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err == nil
}

// reset makes the close of c a reset.
func (c connection) reset() { c.SetLinger(0) }

// hang keeps c open until the client closes it.
func (c connection) hang() { io.Copy(io.Discard, c.br) }

// refused returns an address at which nobody listens.
func refused(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return "http://" + l.Addr().String()
}

// maker makes requests of a traffic to base.
func maker(t *testing.T, base string, traffic service.Traffic) *load.Maker {
	m, err := load.NewMaker(base, traffic)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// order is a request with a body.
var order = service.Traffic{Name: "place order", Request: "POST /orders", Body: "0123456789", Expect: 201}

// look is a request without one.
var look = service.Traffic{Name: "look", Request: "GET /orders"}
