//go:build !linux

package proxy

import (
	"net"
	"time"
)

// connecting and watchFailures see nothing: only Linux tells who connects.
func connecting(*net.TCPAddr) map[int]time.Duration { return nil }

func (p *Proxy) watchFailures(func(int, time.Time)) (stop func()) { return func() {} }
