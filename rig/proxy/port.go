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
	own   map[int]bool     // local ports from which the proxy itself knocked
	plugs map[int]net.Conn // those of them that fill a frozen queue
}

// claim finds a free port.
func claim() (*port, error) {
	place, addr, err := hold()
	if err != nil {
		return nil, fmt.Errorf("finding a free port on 127.0.0.1: %w", err)
	}
	return &port{addr: addr, place: place, own: map[int]bool{}, plugs: map[int]net.Conn{}}, nil
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
		c, _, err := p.knock(50 * time.Millisecond)
		if err != nil {
			return nil
		}
		p.mu.Lock()
		p.plugs[portOf(c.LocalAddr())] = c
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
	from := portOf(c.RemoteAddr())
	_, ours := p.plugs[from]
	delete(p.plugs, from)
	return ours
}

// knock connects to the port, from a port of our own that is known also when
// it fails.
func (p *port) knock(limit time.Duration) (c net.Conn, from int, err error) {
	d := net.Dialer{Timeout: limit, Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) {
			from = bindAnywhere(int(fd))
			p.mu.Lock()
			defer p.mu.Unlock()
			p.own[from] = true
		})
	}}
	c, err = d.Dial("tcp4", p.addr.String())
	return c, from, err
}

// ownKnock reports, once, whether the proxy itself knocked from a local port.
func (p *port) ownKnock(from int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := p.own[from]
	delete(p.own, from)
	return own
}

// bindAnywhere binds a socket to a free port of 127.0.0.1 and returns it; 0
// when that fails.
func bindAnywhere(fd int) int {
	_ = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	name, err := syscall.Getsockname(fd)
	if v4, ok := name.(*syscall.SockaddrInet4); ok && err == nil {
		return v4.Port
	}
	return 0
}

func portOf(a net.Addr) int { return a.(*net.TCPAddr).Port }

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
