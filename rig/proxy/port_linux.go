package proxy

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// hold binds a socket to a free port of 127.0.0.1 and never listens on it.
// With SO_REUSEADDR on both a listener can share the port; closed, the port
// refuses connects and yet the kernel gives it to nobody who asks for any.
func hold() (io.Closer, *net.TCPAddr, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socket", err)
	}
	err = errors.Join(
		os.NewSyscallError("setsockopt", syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)),
		os.NewSyscallError("bind", syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})),
	)
	name, nameErr := syscall.Getsockname(fd)
	v4, ok := name.(*syscall.SockaddrInet4)
	if err = errors.Join(err, os.NewSyscallError("getsockname", nameErr)); err != nil || !ok {
		_ = syscall.Close(fd)
		return nil, nil, err
	}
	return os.NewFile(uintptr(fd), "port"), &net.TCPAddr{IP: net.IP(v4.Addr[:]), Port: v4.Port}, nil
}
