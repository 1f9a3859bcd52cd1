package rig

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// lastLines is how many of a process's last lines go into a StartError.
const lastLines = 20

// acceptPause lies between two attempts to connect.
const acceptPause = 10 * time.Millisecond

// arrival waits for a process to accept connections.
type arrival struct {
	what    string          // "the service", "dependencies.db"
	addr    func() string   // host:port
	process func() *process // may be replaced while we wait
	exited  <-chan struct{} // the main process is gone for good
	from    time.Time
	limit   time.Duration
	hint    string // what to do when it listens elsewhere
}

// await returns nil as soon as the address accepts a connection, and a
// *StartError when it cannot any more.
func (a arrival) await(ctx context.Context) error {
	tick := time.NewTicker(acceptPause)
	defer tick.Stop()
	for {
		if accepts(ctx, a.addr()) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", a.what, context.Cause(ctx))
		case <-tick.C:
		}
		p := a.process()
		if a.over() {
			if p.family.living(); p.family.gone() {
				p.awaitOutput(time.Second)
				return a.failed("%s ended with exit code %d before it accepted connections on %s", a.what, p.exitCode(), a.addr())
			}
		}
		if time.Since(a.from) > a.limit {
			return a.late(p)
		}
	}
}

func (a arrival) over() bool {
	select {
	case <-a.exited:
		return true
	default:
		return false
	}
}

// late tells one that listens on another port from one that does not listen.
func (a arrival) late(p *process) error {
	if open := listenedOn(p.family.living()); len(open) > 0 {
		return a.failed("%s listens on %s, not on %s; %s", a.what, joinAddrs(open), a.addr(), a.hint)
	}
	return a.failed("%s did not accept connections on %s within %v; raise run.start if it needs longer", a.what, a.addr(), a.limit)
}

func (a arrival) failed(format string, args ...any) error {
	return &StartError{Reason: fmt.Sprintf(format, args...), Lines: a.process().out.last(lastLines)}
}

// accepts reports whether a connection to addr is accepted within 1 s, the
// default timeout of Kubernetes' probes.
func accepts(ctx context.Context, addr string) bool {
	d := net.Dialer{Timeout: time.Second}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

func joinAddrs(list []netip.AddrPort) string {
	var s []string
	for _, a := range list {
		s = append(s, a.String())
	}
	return strings.Join(s, ", ")
}

// tries is how often a process is started when somebody else took its port
// in the meantime.
const tries = 3

// addressInUse reports whether the output says that the port was taken.
func addressInUse(out *output) bool {
	for _, l := range out.last(lastLines) {
		l = strings.ToLower(l)
		if strings.Contains(l, "address already in use") || strings.Contains(l, "eaddrinuse") {
			return true
		}
	}
	return false
}
