package proxy

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// reopenLimit is how long a closed port is asked for again. On Linux nobody
// else can have it, so one attempt is enough.
const reopenLimit = 5 * time.Second

// port is a TCP port of 127.0.0.1 that stays ours while it is open, closed or
// frozen.
type port struct {
	addr   *net.TCPAddr
	place  io.Closer // holds the port while nothing listens
	accept func(*net.TCPConn)

	ln   *net.TCPListener
	loop sync.WaitGroup

	mu    sync.Mutex
	plugs map[string]net.Conn // our own connections that fill a frozen queue, by their address
}

// claim finds a free port.
func claim() (*port, error) {
	place, addr, err := hold()
	if err != nil {
		return nil, fmt.Errorf("finding a free port on 127.0.0.1: %w", err)
	}
	return &port{addr: addr, place: place, plugs: map[string]net.Conn{}}, nil
}

// release gives the port back. It must be closed.
func (p *port) release() { _ = p.place.Close() }

// open listens, and calls accept for each connection.
func (p *port) open(accept func(*net.TCPConn)) error {
	p.accept = accept
	return p.reopen()
}

func (p *port) reopen() error {
	var err error
	for until := time.Now().Add(reopenLimit); ; time.Sleep(10 * time.Millisecond) {
		if p.ln, err = net.ListenTCP("tcp4", p.addr); err == nil {
			p.listen()
			return nil
		}
		if time.Now().After(until) {
			return fmt.Errorf("listening on %s: %w", p.addr, err)
		}
	}
}

func (p *port) listen() {
	p.loop.Go(func() {
		for {
			c, err := p.ln.AcceptTCP()
			switch {
			case err == nil && p.isPlug(c):
				_ = c.Close()
			case err == nil:
				p.accept(c)
			case errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE):
				time.Sleep(10 * time.Millisecond) // until some are closed again
			default:
				return
			}
		}
	})
}

// close closes the port: a connect is refused from now on.
func (p *port) close() {
	if p.ln == nil {
		return
	}
	_ = p.ln.Close()
	p.loop.Wait()
	p.ln = nil
}

// freeze lets no connect complete any more. The queue of the listener, cut
// down to the least, is filled by connections of our own that nobody accepts,
// and the kernel then ignores who else knocks.
func (p *port) freeze() error {
	if err := p.backlog(0); err != nil {
		return err
	}
	_ = p.ln.SetDeadline(time.Unix(1, 0))
	p.loop.Wait()
	const most = 512 // the least queue of any system is far shorter
	for range most {
		c, err := net.DialTimeout("tcp4", p.addr.String(), 50*time.Millisecond)
		if err != nil {
			return nil
		}
		p.mu.Lock()
		p.plugs[c.LocalAddr().String()] = c
		p.mu.Unlock()
	}
	return fmt.Errorf("%s still accepts connections after %d were left waiting", p.addr, most)
}

// thaw undoes freeze. Connects that are under way complete when their SYN is
// sent again.
func (p *port) thaw() error {
	if err := p.backlog(syscall.SOMAXCONN); err != nil {
		return err
	}
	p.mu.Lock()
	for _, c := range p.plugs {
		_ = c.Close()
	}
	p.mu.Unlock()
	_ = p.ln.SetDeadline(time.Time{})
	p.listen()
	return nil
}

// isPlug reports whether c is one of ours, accepted at last.
func (p *port) isPlug(c *net.TCPConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := c.RemoteAddr().String()
	_, ours := p.plugs[key]
	delete(p.plugs, key)
	return ours
}

func (p *port) backlog(n int) error {
	if p.ln == nil {
		return fmt.Errorf("changing the backlog of %s: %w", p.addr, net.ErrClosed)
	}
	raw, err := p.ln.SyscallConn()
	if err != nil {
		return fmt.Errorf("changing the backlog of %s: %w", p.addr, err)
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = syscall.Listen(int(fd), n) })
	if err := errors.Join(err, failed); err != nil {
		return fmt.Errorf("changing the backlog of %s: %w", p.addr, err)
	}
	return nil
}
