package proxy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

// Of linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h, and of
// include/net/tcp.h, where a kernel keeps them to itself.
const (
	netlinkSockDiag  = 4
	sockDiagByFamily = 20
	groupTCPDestroy  = 1 << 0 // SKNLGRP_INET_TCP_DESTROY
	groupTCP6Destroy = 1 << 2 // SKNLGRP_INET6_TCP_DESTROY
	stateSynSent     = 2
	timerRetransmit  = 1
	sizeofRequest    = syscall.NLMSG_HDRLEN + 56 // with an inet_diag_req_v2
	sizeofMessage    = 72                        // an inet_diag_msg
	attributeInfo    = 2                         // INET_DIAG_INFO, a tcp_info
	bytesAcked       = 120                       // where tcpi_bytes_acked stands in it
	firstTimeout     = time.Second               // TCP_TIMEOUT_INIT: when a SYN is sent again
)

// socket is what the kernel tells of a TCP socket: an inet_diag_msg and its
// attributes.
type socket []byte

// local returns the socket's own port.
func (s socket) local() int { return int(binary.BigEndian.Uint16(s[4:])) }

// to reports whether addr is what the socket is, or was to be, connected to.
func (s socket) to(addr *net.TCPAddr) bool {
	at := 24
	if s[0] == syscall.AF_INET6 {
		at = 36 // the last word of ::ffff:127.0.0.1, as dual-stack clients connect
	}
	return int(binary.BigEndian.Uint16(s[6:])) == addr.Port && bytes.Equal(s[at:at+4], addr.IP.To4())
}

// age returns how long ago the socket sent its first SYN, told by when it will
// send the second; 0 where that is past.
func (s socket) age() time.Duration {
	timer, again := s[2], s[3]
	if timer != timerRetransmit || again > 0 {
		return 0
	}
	left := time.Duration(binary.NativeEndian.Uint32(s[52:])) * time.Millisecond
	return max(0, firstTimeout-left)
}

// unconnected reports whether the socket never was connected: nothing that it
// sent, not even its SYN, was acknowledged.
func (s socket) unconnected() bool {
	for a := s[sizeofMessage:]; len(a) >= syscall.SizeofRtAttr; {
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

// sockDiag opens a conversation with the kernel about sockets. One with
// groups is told their news.
func sockDiag(groups uint32) (*os.File, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, netlinkSockDiag)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK, Groups: groups}); err != nil {
		_ = syscall.Close(fd)
		return nil, os.NewSyscallError("bind", err)
	}
	_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1<<20)
	return os.NewFile(uintptr(fd), "sock_diag"), nil
}

// askConnecting asks for the sockets of a family that are about to connect to
// the port.
func askConnecting(kernel *os.File, family byte, port int) error {
	q, order := make([]byte, sizeofRequest), binary.NativeEndian
	order.PutUint32(q, sizeofRequest)
	order.PutUint16(q[4:], sockDiagByFamily)
	order.PutUint16(q[6:], syscall.NLM_F_REQUEST|syscall.NLM_F_DUMP)
	body := q[syscall.NLMSG_HDRLEN:]
	body[0], body[1] = family, syscall.IPPROTO_TCP
	order.PutUint32(body[4:], 1<<stateSynSent)
	binary.BigEndian.PutUint16(body[10:], uint16(port))
	_, err := kernel.Write(q)
	return err
}

// eachSocket calls f for each socket that the kernel tells of, until an answer
// is whole or the conversation is closed.
func eachSocket(kernel *os.File, f func(socket)) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := kernel.Read(buf)
		if errors.Is(err, syscall.ENOBUFS) {
			continue // more news than the buffer held; some are lost
		}
		if err != nil {
			return fmt.Errorf("reading what the kernel tells of sockets: %w", err)
		}
		messages, err := syscall.ParseNetlinkMessage(buf[:n])
		if err != nil {
			return fmt.Errorf("reading what the kernel tells of sockets: %w", err)
		}
		for _, m := range messages {
			switch {
			case m.Header.Type == syscall.NLMSG_DONE:
				return nil
			case m.Header.Type == syscall.NLMSG_ERROR:
				return errors.New("the kernel tells nothing of sockets")
			case len(m.Data) >= sizeofMessage:
				f(socket(m.Data))
			}
		}
	}
}
