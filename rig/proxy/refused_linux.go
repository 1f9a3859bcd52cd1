package proxy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// Of linux/netlink.h, linux/sock_diag.h and linux/inet_diag.h.
const (
	netlinkSockDiag  = 4
	groupTCPDestroy  = 1 << 0 // SKNLGRP_INET_TCP_DESTROY
	groupTCP6Destroy = 1 << 2 // SKNLGRP_INET6_TCP_DESTROY
	sizeofMessage    = 72     // struct inet_diag_msg
	attributeInfo    = 2      // INET_DIAG_INFO, a struct tcp_info
	bytesAcked       = 120    // where tcpi_bytes_acked stands in it
)

// gone is a TCP socket that its owner closed: an inet_diag_msg and its
// attributes.
type gone []byte

func (g gone) whole() bool { return len(g) >= sizeofMessage }
func (g gone) local() int  { return int(binary.BigEndian.Uint16(g[4:])) }

func (g gone) to(addr *net.TCPAddr) bool {
	at := 24
	if g[0] == syscall.AF_INET6 {
		at = 36 // the last word of ::ffff:127.0.0.1
	}
	return int(binary.BigEndian.Uint16(g[6:])) == addr.Port && bytes.Equal(g[at:at+4], addr.IP.To4())
}

// refused reports whether the socket never was connected: nothing that it
// sent, not even its SYN, was acknowledged.
func (g gone) refused() bool {
	for a := g[sizeofMessage:]; len(a) >= syscall.SizeofRtAttr; {
		size, kind := int(binary.NativeEndian.Uint16(a)), binary.NativeEndian.Uint16(a[2:])
		if size < syscall.SizeofRtAttr || size > len(a) {
			return false
		}
		if kind == attributeInfo && size >= syscall.SizeofRtAttr+bytesAcked+8 {
			return binary.NativeEndian.Uint64(a[syscall.SizeofRtAttr+bytesAcked:]) == 0
		}
		a = a[min(len(a), (size+3)&^3):]
	}
	return false
}

// watchRefusals calls met for each connect that the closed port refused. A
// refused socket leaves no entry anywhere, but the kernel tells whoever asks
// of each socket that is destroyed, with whom it wanted to speak.
func (p *Proxy) watchRefusals(met func(at time.Time)) (stop func()) {
	news, err := destroyed()
	if err != nil {
		return func() {} // a kernel without this news: the fault works, unseen
	}
	barrier, passed := make(chan int, 1), make(chan struct{})
	p.work.Go(func() {
		last := -1
		eachGone(news, func(g gone) {
			select {
			case last = <-barrier:
			default:
			}
			switch {
			case !g.to(p.port.addr) || !g.refused():
			case g.local() == last:
				close(passed)
				last = -1
			default:
				met(time.Now())
			}
		})
	})
	return func() {
		knock(p.port.addr, barrier)
		select {
		case <-passed: // and with it all news of before
		case <-time.After(250 * time.Millisecond):
		}
		_ = news.Close()
	}
}

// destroyed subscribes to the news of TCP sockets that are destroyed.
func destroyed() (*os.File, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, netlinkSockDiag)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	to := &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK, Groups: groupTCPDestroy | groupTCP6Destroy}
	if err := syscall.Bind(fd, to); err != nil {
		_ = syscall.Close(fd)
		return nil, os.NewSyscallError("bind", err)
	}
	_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1<<20)
	return os.NewFile(uintptr(fd), "destroyed sockets"), nil
}

// eachGone calls f for each piece of news until the subscription is closed.
func eachGone(news *os.File, f func(gone)) {
	buf := make([]byte, 64<<10)
	for {
		n, err := news.Read(buf)
		if err != nil && !errors.Is(err, syscall.ENOBUFS) {
			return
		}
		messages, err := syscall.ParseNetlinkMessage(buf[:max(0, n)])
		if err != nil {
			continue
		}
		for _, m := range messages {
			if g := gone(m.Data); g.whole() {
				f(g)
			}
		}
	}
}

// knock has a connect of our own refused and tells the port that it came from.
func knock(addr *net.TCPAddr, from chan<- int) {
	d := net.Dialer{Timeout: time.Second, Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) {
			_ = syscall.Bind(int(fd), &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
			if name, err := syscall.Getsockname(int(fd)); err == nil {
				from <- name.(*syscall.SockaddrInet4).Port
			}
		})
	}}
	if c, err := d.Dial("tcp4", addr.String()); err == nil {
		_ = c.Close()
	}
}
