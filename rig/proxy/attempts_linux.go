package proxy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

// connecting returns the sockets of this machine that are about to connect to
// addr, by their own port, and for how long they have tried, as far as that
// is known.
func connecting(addr *net.TCPAddr) map[int]time.Duration {
	kernel, err := sockDiag(0)
	if err != nil {
		return connectingByText(addr)
	}
	defer kernel.Close()
	seen := map[int]time.Duration{}
	for _, family := range []byte{syscall.AF_INET, syscall.AF_INET6} {
		err := askConnecting(kernel, family, addr.Port)
		if err == nil {
			err = eachSocket(kernel, func(s socket) {
				if s.to(addr) {
					seen[s.local()] = s.age()
				}
			})
		}
		if err != nil {
			return connectingByText(addr)
		}
	}
	return seen
}

// connectingByText is for kernels that cannot be asked, such as gVisor. It
// costs milliseconds where thousands of sockets were in use lately.
func connectingByText(addr *net.TCPAddr) map[int]time.Duration {
	// Addresses are words of the machine's own byte order, and
	// ::ffff:127.0.0.1 ends like 127.0.0.1.
	const synSent = "02"
	remote := fmt.Appendf(nil, "%08X:%04X", binary.NativeEndian.Uint32(addr.IP.To4()), addr.Port)
	seen := map[int]time.Duration{}
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, _ := os.ReadFile(file)
		for line := range bytes.Lines(text) {
			f := bytes.Fields(line) // sl local remote state …
			if len(f) < 4 || !bytes.HasSuffix(f[2], remote) || string(f[3]) != synSent {
				continue
			}
			_, port, _ := bytes.Cut(f[1], []byte(":"))
			if n, err := strconv.ParseUint(string(port), 16, 16); err == nil {
				seen[int(n)] = 0
			}
		}
	}
	return seen
}

// straggle is how much later the news of a socket may come that was closed on
// another processor than one that was closed after it.
const straggle = 10 * time.Millisecond

// watchFailures calls failed with the port of each socket that was to connect
// to addr and never was, when its owner closes it. A failed connect leaves no
// entry anywhere, but the kernel tells whoever asks of each socket that is
// destroyed. When stop returns all that failed before was told, unless the
// kernel had more to do than that.
func (p *Proxy) watchFailures(failed func(local int, at time.Time)) (stop func()) {
	news, err := sockDiag(groupTCPDestroy | groupTCP6Destroy)
	if err != nil {
		return func() {}
	}
	knocked := make(chan int, 64)
	p.work.Go(func() {
		_ = eachSocket(news, func(s socket) {
			switch {
			case !s.to(p.port.addr) || !s.unconnected():
			case !p.port.ownKnock(s.local()):
				failed(s.local(), time.Now())
			default:
				select {
				case knocked <- s.local():
				default:
				}
			}
		})
	})
	return func() {
		_, from, _ := p.port.knock(10 * time.Millisecond)
		awaitPort(knocked, from)
		time.Sleep(straggle)
		_ = news.Close()
	}
}

// awaitPort waits until want comes, but not for ever: news can get lost.
func awaitPort(ports <-chan int, want int) {
	for late := time.After(250 * time.Millisecond); ; {
		select {
		case got := <-ports:
			if got == want {
				return
			}
		case <-late:
			return
		}
	}
}
