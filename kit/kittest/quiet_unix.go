//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package kittest

import (
	"errors"
	"syscall"
)

// quiet reports whether the service has neither closed c nor said anything
// since its last answer; only then can c carry another request. The kernel is
// asked, so that a close that has arrived is never taken for a lost request.
func (c *conn) quiet() bool {
	raw, err := c.tcp.SyscallConn()
	if err != nil || c.br.Buffered() > 0 {
		return false
	}
	quiet := false
	err = raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR)
		return true
	})
	return err == nil && quiet
}
