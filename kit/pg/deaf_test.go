//go:build unix

package pg

import (
	"net"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

func port(n int) string { return strconv.Itoa(n) }

// bind returns a socket that has a port and does not listen, and its address.
func bind(t *testing.T) (fd int, address string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fd, net.JoinHostPort("127.0.0.1", port(bound.(*syscall.SockaddrInet4).Port))
}

// down returns an address that refuses connections until up is called.
func down(t *testing.T) (address string, up func() net.Listener) {
	t.Helper()
	fd, address := bind(t)
	return address, func() net.Listener {
		if err := syscall.Listen(fd, 16); err != nil {
			t.Fatal(err)
		}
		again, err := syscall.Dup(fd)
		if err != nil {
			t.Fatal(err)
		}
		file := os.NewFile(uintptr(again), address)
		defer file.Close()
		l, err := net.FileListener(file)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
}

// deaf returns the address of a listener whose queue is full, so that
// connecting to it never completes, as where a firewall drops packets.
func deaf(t *testing.T) string {
	t.Helper()
	fd, address := bind(t)
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	for {
		conn, err := net.DialTimeout("tcp", address, 300*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { conn.Close() })
	}
}
