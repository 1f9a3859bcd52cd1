package outbound_test

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

// net/http detaches a dial from the request that asked for it. With retries, and nothing else set, no connection may
// be open longer than the attempt that it is for.
func TestNoConnectionOutlivesItsAttempt(t *testing.T) {
	shapes := map[string]func(*testing.T) (url string){"TLS, then silence": func(t *testing.T) string { return "https://" + mute(t) }}
	for _, hang := range hangs {
		shapes[hang.name] = func(t *testing.T) string { return "http://" + hang.start(t) }
	}
	for name, start := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const share, margin = time.Second, 800 * time.Millisecond
			client, told := newClient(t, outbound.Config{Timeout: 3 * share, Attempts: 3})
			url := start(t)
			watched := watch(t, url)
			resp, err := client.Get(url)
			failure(t, resp, err)
			if got := told.value("http_client_attempts_total"); got != 3 {
				t.Errorf("%v attempts, want 3", got)
			}
			for _, lasted := range watched() {
				if lasted > share+margin {
					t.Errorf("a connection was open for %v, an attempt has %v", lasted, share)
				}
			}
		})
	}
}

// A request that may be sent once only has all of the time, and so has its dial.
func TestTheDialOfASingleAttemptHasAllOfTheTime(t *testing.T) {
	t.Parallel()
	const timeout, margin = 2 * time.Second, 800 * time.Millisecond
	client, _ := newClient(t, outbound.Config{Timeout: timeout, Attempts: 10})
	url := "http://" + fullListener(t)
	watched := watch(t, url)
	resp, err := client.Post(url, "text/plain", strings.NewReader("hello"))
	failure(t, resp, err)
	if all := watched(); len(all) != 1 || all[0] < timeout-margin || all[0] > timeout+margin {
		t.Errorf("connections were open for %v, want one for %v", all, timeout)
	}
}

// mute is a peer that takes all that is sent and says nothing.
func mute(t *testing.T) string {
	l := listen(t)
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		conns.Wait()
	})
	return l.Addr().String()
}

// watch begins to look at the connections that are opened to the URL's address. The function it returns waits until
// none is left, and tells how long each was seen.
func watch(t *testing.T, url string) func() []time.Duration {
	t.Helper()
	_, address, _ := strings.Cut(url, "://")
	before := connections(t, address)
	type seen struct{ first, last time.Time }
	all := map[string]seen{}
	look := func() (open int) {
		began := time.Now()
		for local := range connections(t, address) {
			if before[local] {
				continue
			}
			s, known := all[local]
			if !known {
				s.first = time.Now()
			}
			s.last = began
			all[local] = s
			open++
		}
		return open
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			look()
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	return func() (lasted []time.Duration) {
		close(stop)
		<-stopped
		eventually(t, "all connections are closed", func() bool { return look() == 0 })
		for _, s := range all {
			lasted = append(lasted, s.last.Sub(s.first))
		}
		if len(lasted) == 0 {
			t.Error("no connection was seen")
		}
		return lasted
	}
}

// connections returns the local ends of those to an IPv4 address that are being opened or open, as the kernel has them.
func connections(t *testing.T, address string) map[string]bool {
	peer, err := netip.ParseAddrPort(address)
	table, readErr := os.ReadFile("/proc/net/tcp")
	if err != nil || readErr != nil {
		t.Errorf("looking for connections to %s: %v, %v", address, err, readErr)
		return nil
	}
	ip := peer.Addr().As4()
	remote := fmt.Sprintf("%02X%02X%02X%02X:%04X", ip[3], ip[2], ip[1], ip[0], peer.Port())
	const established, opening = "01", "02"
	found := map[string]bool{}
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) > 3 && f[2] == remote && (f[3] == established || f[3] == opening) {
			found[f[1]] = true
		}
	}
	return found
}
