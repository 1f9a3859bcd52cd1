//go:build !linux

package proxy

import (
	"io"
	"net"
)

// hold finds a free port. No other system than Linux lets a socket that does
// not listen share its port with one that does, so a closed port is not safe
// from others here.
func hold() (io.Closer, *net.TCPAddr, error) {
	ln, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, nil, err
	}
	return io.NopCloser(nil), ln.Addr().(*net.TCPAddr), ln.Close()
}
