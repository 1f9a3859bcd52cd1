package rig

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
)

// ports hands out free ports, none twice. They come from below the range out
// of which the kernel serves outgoing connections: under load those take a
// port between the moment it was found free and the moment the service
// listens on it.
type ports struct {
	mu   sync.Mutex
	used map[int]bool
}

const lowestPort = 10_240 // below are the well-known ones

// free returns a port on which 127.0.0.1 can be listened on now.
func (p *ports) free() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used == nil {
		p.used = map[int]bool{}
	}
	ephemeral := ephemeralFrom()
	for range 500 {
		want := 0 // the kernel's choice, where it leaves us no range
		if ephemeral > lowestPort+1000 {
			want = lowestPort + rand.N(ephemeral-lowestPort)
		}
		port, err := tryPort(want)
		if err == nil && !p.used[port] {
			p.used[port] = true
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port found on 127.0.0.1")
}

func tryPort(port int) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// ephemeralFrom returns the first port for outgoing connections; 32768 is
// Linux' default and other systems begin higher.
func ephemeralFrom() int {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	var from, to int
	if err != nil {
		return 32_768
	}
	if _, err := fmt.Sscan(string(text), &from, &to); err != nil {
		return 32_768
	}
	return from
}
