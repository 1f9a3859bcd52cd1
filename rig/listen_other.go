//go:build !linux

package rig

import (
	"net"
	"net/netip"
	"strconv"
	"time"
)

// listening reports whether the port of this machine accepts connections.
func listening(port int) bool {
	c, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), time.Second)
	if err == nil {
		c.Close()
	}
	return err == nil
}

// listenedOn needs /proc.
func listenedOn([]member) []netip.AddrPort { return nil }
