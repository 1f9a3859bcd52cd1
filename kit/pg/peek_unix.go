//go:build unix

package pg

import (
	"errors"
	"net"
	"syscall"
)

// peek looks at what is to be read, without reading it and without waiting.
func peek(conn net.Conn) sight {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return silent
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return ended
	}
	var n int
	var failure error
	// Control, since Read would wait for a read under way: after a slow write pgx
	// leaves one behind in the background.
	err = raw.Control(func(fd uintptr) {
		var one [1]byte
		n, _, failure = syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	switch {
	case err != nil:
		return ended
	case errors.Is(failure, syscall.EAGAIN), errors.Is(failure, syscall.EINTR):
		return silent
	case failure != nil, n == 0:
		return ended
	}
	return spoken
}
