package pg

import (
	"bytes"
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
	unheard  atomic.Bool // cuts the connection of the next COMMIT before it gets there
	untold   atomic.Bool // cuts it when COMMIT was done, instead of the answer

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
		var cut atomic.Bool
		p.wait.Go(func() { p.pass(server, client, &cut, false) })
		p.wait.Go(func() { p.pass(client, server, &cut, true) })
	}
}

func (p *proxy) pass(to, from net.Conn, cut *atomic.Bool, answers bool) {
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
		commit := !answers && bytes.Contains(buffer[:n], []byte("commit\x00"))
		if commit && p.unheard.CompareAndSwap(true, false) {
			from.Close()
			return
		}
		if commit && p.untold.CompareAndSwap(true, false) {
			cut.Store(true)
		}
		if answers && cut.Load() {
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
