package pg

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy stands between a pool and its database, and can go silent: then it
// takes everything and passes nothing on, as a network does that drops packets.
type proxy struct {
	listener net.Listener
	target   string
	silent   atomic.Bool
	slow     atomic.Bool // passes the server's answer on byte by byte

	mutex sync.Mutex
	open  []net.Conn
	wait  sync.WaitGroup
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, target: target}
	p.wait.Go(p.serve)
	t.Cleanup(p.close)
	return p
}

// before returns a proxy before the database, and the config that goes
// through it.
func before(t testing.TB, d *database) (*proxy, Config) {
	t.Helper()
	c := d.config()
	p := newProxy(t, net.JoinHostPort(d.Host, port(d.Port)))
	c.URL = "postgres://" + p.listener.Addr().String() + "/" + d.Name + "?sslmode=disable"
	return p, c
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		p.mutex.Lock()
		p.open = append(p.open, client, server)
		p.mutex.Unlock()
		p.wait.Go(func() { p.pass(server, client, false) })
		p.wait.Go(func() { p.pass(client, server, true) })
	}
}

func (p *proxy) pass(to, from net.Conn, answers bool) {
	defer to.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if p.silent.Load() {
			io.Copy(io.Discard, from)
			return
		}
		for i := 0; i < n; {
			end := n
			if answers && p.slow.Load() {
				end = i + 1
				time.Sleep(20 * time.Millisecond)
			}
			if _, err := to.Write(buffer[i:end]); err != nil {
				return
			}
			i = end
		}
	}
}

func (p *proxy) close() {
	p.listener.Close()
	p.mutex.Lock()
	for _, c := range p.open {
		c.Close()
	}
	p.mutex.Unlock()
	p.wait.Wait()
}
