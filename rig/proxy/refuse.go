package proxy

import (
	"time"

	"github.com/golive-dev/golive/evidence"
)

// Refuse is a dependency whose port is closed: new connections are refused,
// established ones are reset. The port stays the proxy's own.
//
// On Linux each refused attempt becomes a call without a connection, once the
// service has closed its socket; one by a blocking connect(2) leaves no trace
// that could be seen. Elsewhere only the calls that the reset cut are seen.
type Refuse struct{}

// Shape returns "refuse".
func (Refuse) Shape() string { return "refuse" }

func (Refuse) bar(p *Proxy, s *spell) (unbar func()) {
	stop := p.watchFailures(func(_ int, at time.Time) {
		k := p.log.begin(at, evidence.Call{})
		p.log.finish(k, ending{end: evidence.Cut, at: at, spell: s})
	})
	p.port.close()
	p.expel(ending{end: evidence.Cut, spell: s})
	return func() {
		stop()
		p.admit()
		p.failed(p.port.reopen())
	}
}
