package proxy

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// dialLimit is how long the real thing may take to accept a connection. It is
// on this machine or near it.
const dialLimit = 10 * time.Second

// errOver says that a connection came to its end, which [conn.ending] tells.
var errOver = errors.New("the connection is over")

// ending is how and when a connection, and the call on it, came to its end.
type ending struct {
	end   evidence.CallEnd
	at    time.Time
	spell *spell // of the fault that ended it, where the call had not met one
	soft  bool   // with FIN instead of RST
}

// conn is a connection of the service with the one to the dependency that
// belongs to it.
type conn struct {
	proxy  *Proxy
	number int
	began  time.Time
	client *side
	left   chan struct{} // closed when it is served

	dialing context.Context // done when the connection is over
	cancel  context.CancelFunc

	mu   sync.Mutex
	up   *side // nil until something is forwarded
	over ending
}

// side is one of the two TCP connections of a conn.
type side struct {
	*net.TCPConn
	br *bufio.Reader
	bw *bufio.Writer
}

func newSide(c *net.TCPConn, reads, writes int) *side {
	return &side{c, bufio.NewReaderSize(c, reads), bufio.NewWriterSize(c, writes)}
}

// arrival tells when bytes came, or that none will come.
type arrival struct {
	at  time.Time
	err error
}

// await reports once when the next byte is there. Until then nobody else may
// read from s.
func (s *side) await(work *sync.WaitGroup) <-chan arrival {
	first := make(chan arrival, 1)
	work.Go(func() {
		_, err := s.br.Peek(1)
		first <- arrival{time.Now(), err}
	})
	return first
}

func newConn(p *Proxy, client *net.TCPConn) *conn {
	c := &conn{proxy: p, began: time.Now(), left: make(chan struct{})}
	c.client = c.newSide(client)
	c.dialing, c.cancel = context.WithCancel(context.Background())
	return c
}

// newSide gives HTTP the buffers that reading line by line needs. A stream
// reads into buffers of its own.
func (c *conn) newSide(tcp *net.TCPConn) *side {
	if c.proxy.o.HTTP {
		return newSide(tcp, 16<<10, 4<<10)
	}
	return newSide(tcp, 16, 16)
}

func (c *conn) serve() {
	if c.proxy.o.HTTP {
		(&httpConn{conn: c}).serve()
	} else {
		newStream(c, true).run(nil)
	}
	c.stop(ending{end: evidence.Cut, soft: true})
}

// stop ends both sides as e says, now unless e has a time. Only the first
// ending counts.
func (c *conn) stop(e ending) {
	if e.at.IsZero() {
		e.at = time.Now()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dialing.Err() != nil {
		return
	}
	c.over = e
	c.cancel()
	for _, s := range []*side{c.client, c.up} {
		if s == nil {
			continue
		}
		if !e.soft {
			_ = s.SetLinger(0) // Close then resets
		}
		_ = s.Close()
	}
}

// lost ends the connection after the given side failed with err: as a reset
// when it was one, else in good order.
func (c *conn) lost(end evidence.CallEnd, err error) error {
	reset := errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ECONNREFUSED)
	c.stop(ending{end: end, soft: !reset})
	return errOver
}

// done is closed when the connection is over.
func (c *conn) done() <-chan struct{} { return c.dialing.Done() }

// ending returns how the connection ended.
func (c *conn) ending() ending {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// dependency returns the connection to the real thing, which the first call
// opens. Where there is none the service's is reset.
func (c *conn) dependency() (up *side, fresh bool, err error) {
	if c.up != nil {
		return c.up, false, nil
	}
	d := net.Dialer{Timeout: dialLimit}
	nc, err := d.DialContext(c.dialing, "tcp", c.proxy.o.Target())
	if err != nil {
		c.stop(ending{end: evidence.Cut})
		return nil, false, errOver
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dialing.Err() != nil {
		_ = nc.Close()
		return nil, false, errOver
	}
	c.up = c.newSide(nc.(*net.TCPConn))
	return c.up, true, nil
}

// send writes b to the service now.
func (c *conn) send(b []byte) error {
	if _, err := c.client.bw.Write(b); err != nil {
		return c.lost(evidence.GaveUp, err)
	}
	return c.flush()
}

// flush sends what was written. A connection that is over takes nothing,
// also where the kernel would.
func (c *conn) flush() error {
	if c.dialing.Err() != nil {
		return errOver
	}
	if err := c.client.bw.Flush(); err != nil {
		return c.lost(evidence.GaveUp, err)
	}
	return nil
}
