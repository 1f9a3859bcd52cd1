package drill

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/rig/proxy"
)

var _ = register(Drill{
	Name:   "stop",
	Breaks: "sends SIGTERM with requests planted in flight, keep-alive clients, and a balancer that asks readiness",
	Undoes: "the instance is killed when its grace period is over",
	Lacks:  lacksTraffic,
	Run: func(ctx context.Context, s *Session) error {
		return s.Each(ctx, []string{"control", "sigterm"}, func(ctx context.Context, t *Trial) error {
			if t.rec.Name() == "control" {
				return stopControl(ctx, t)
			}
			return sigterm(ctx, t)
		})
	},
})

const (
	keepAliveClients = 8
	keepAlivePause   = 25 * time.Millisecond
	warmUp           = 1500 * time.Millisecond
	balancerPeriod   = 300 * time.Millisecond // unless endpoints.period says otherwise
	plantLimit       = 3 * time.Second        // for all plants to be in flight
	naturallySlow    = 300 * time.Millisecond // an answer this slow is in flight by itself
)

// holds are how long the bodies of planted requests are held back: shortly,
// and up to nearly the grace period, since some services cut only what
// outlives an inner limit of theirs. With the time that the service itself
// takes once the body is there, no request is in flight for longer than 80 %
// of the grace period.
func holds(grace, itself time.Duration) []time.Duration {
	longest := max(grace*8/10-itself, grace/8)
	h := []time.Duration{min(time.Second, grace/4), grace / 4, grace / 2, longest}
	for i := range h {
		h[i] = min(h[i], longest)
	}
	slices.Sort(h)
	return slices.Compact(h)
}

// stopControl plants the same requests as sigterm does and lets the service
// live: what it cuts now, it does not cut because it stops.
func stopControl(ctx context.Context, t *Trial) error {
	p, err := t.prepareStop(ctx)
	if err != nil {
		return err
	}
	p.plant(ctx)
	p.group.Wait()
	return nil
}

func sigterm(ctx context.Context, t *Trial) error {
	p, err := t.prepareStop(ctx)
	if err != nil {
		return err
	}
	stopClients := sync.OnceFunc(p.startClients(ctx))
	defer stopClients()
	Pause(ctx, warmUp)
	p.awaitProbe(ctx)
	p.plant(ctx)
	if !Until(ctx, plantLimit, 20*time.Millisecond, p.inFlight) {
		t.rec.Notef("not every planted request was in flight when SIGTERM was sent")
	}
	t.rec.SetPhase(evidence.PhaseDrain)
	grace := t.session.Service().Run.GracePeriod()
	t.rec.Notef("SIGTERM with %d planted requests in flight; grace period %s", p.wanted, grace)
	if err := t.Signal(syscall.SIGTERM); err != nil {
		return noEvidencef("the service was gone before SIGTERM was sent: %v", err)
	}
	t.AwaitGone(ctx, grace)
	stopClients() // before anybody else can take the port
	p.group.Wait()
	return nil
}

// plants holds the requests that are kept in flight.
type plants struct {
	t       *Trial
	makers  []*load.Maker
	slow    []*load.Maker // traffic that takes long by itself
	group   sync.WaitGroup
	planted atomic.Int32 // in flight by now
	wanted  int32
	dep     string // the dependency whose answers are held back
	delay   time.Duration
	probed  chan struct{} // holds one when the balancer has just asked
}

// prepareStop boots the instance and finds out what can be planted.
func (t *Trial) prepareStop(ctx context.Context) (*plants, error) {
	makers, err := t.Begin(ctx)
	if err != nil {
		return nil, err
	}
	p := &plants{t: t, makers: makers, probed: make(chan struct{}, 1)}
	for _, m := range makers {
		if r := t.Send(ctx, m.Next(), answerLimit); r.OK() && r.Took.D() >= naturallySlow {
			p.slow = append(p.slow, m)
		}
		if dep, _ := t.slowable(m.Traffic()); dep != "" && p.dep == "" {
			p.dep, p.delay = dep, t.stopDelay(dep)
		}
	}
	return p, nil
}

// stopDelay is how long a dependency's answers are held back: as long as its
// timeout safely allows.
func (t *Trial) stopDelay(dep string) time.Duration {
	if limit := t.session.Service().Dependency(dep).Timeout.D(); limit > 0 {
		return min(limit/2, time.Second)
	}
	return undeclaredDelay
}

// plant puts requests in flight: half-sent bodies, calls held at a
// dependency, and what is slow by itself.
func (p *plants) plant(ctx context.Context) {
	grace := p.t.session.Service().Run.GracePeriod()
	for _, m := range p.makers {
		if !m.Traffic().NeedsBody() {
			continue
		}
		// Measured once for both trials: the check pairs plants by their holds.
		itself := (p.t.session.pre.answers[m.Traffic().Name] + p.delay).Round(100 * time.Millisecond)
		for i, hold := range holds(grace, itself) {
			kind := "body-long"
			if i == 0 {
				kind = "body-short"
			}
			for range 2 {
				p.halfSent(ctx, m, kind, hold)
			}
		}
		break // one traffic with a body shows it
	}
	for _, m := range p.slow {
		for range 4 {
			p.sent(ctx, m, "slow")
		}
	}
	if p.dep == "" {
		return
	}
	p.t.Break(p.dep, proxy.Latency{D: p.delay}, fmt.Sprintf("by %s, so that requests are in flight", p.delay))
	for _, m := range p.makers {
		if slices.Contains(m.Traffic().Uses, p.dep) {
			for range 4 {
				p.sent(ctx, m, "dependency")
			}
		}
	}
}

// halfSent holds half of a body back for hold after it was planted.
func (p *plants) halfSent(ctx context.Context, m *load.Maker, kind string, hold time.Duration) {
	q := m.Next()
	q.Plant = kind + " " + hold.String()
	p.wanted++
	phase := p.t.rec.Phase()
	p.group.Go(func() {
		r := load.HalfSent(ctx, q, load.HalfSentOptions{Hold: hold, Planted: func() { p.planted.Add(1) }})
		p.t.Record(phase, r)
	})
}

func (p *plants) sent(ctx context.Context, m *load.Maker, kind string) {
	q := m.Next()
	q.Plant = kind
	p.wanted++
	phase := p.t.rec.Phase()
	p.group.Go(func() {
		if kind == "slow" {
			p.planted.Add(1)
		}
		p.t.Record(phase, load.Do(ctx, q, 30*time.Second))
	})
}

// inFlight reports whether every plant is in flight: half-sent bodies were
// written, slow requests sent, and the held calls have reached the proxy.
func (p *plants) inFlight() bool {
	held := int32(0)
	if p.dep != "" {
		held = int32(len(p.t.Proxy(p.dep).InFlight()))
	}
	return p.planted.Load()+held >= p.wanted
}

// awaitProbe waits until the balancer has just asked. SIGTERM soon after is
// the worst moment and always the same one: a service that goes unready for
// less than a period would come through at others.
func (p *plants) awaitProbe(ctx context.Context) {
	select {
	case <-p.probed: // an old one
	default:
	}
	select {
	case <-p.probed:
	case <-ctx.Done():
	case <-time.After(p.period() + time.Second):
		p.t.rec.Notef("the balancer did not ask within its period")
	}
}

// period is how often the balancer asks.
func (p *plants) period() time.Duration {
	if period := p.t.session.Service().Endpoints.Period.D(); period > 0 {
		return period
	}
	return balancerPeriod
}

// startClients starts a balancer and keep-alive clients behind it, and
// returns what stops them.
func (p *plants) startClients(ctx context.Context) (stop func()) {
	ends := p.t.session.Service().Endpoints
	url := p.t.OpsURL() + ends.Ready
	if ends.Ready == "" {
		url = p.t.URL() + p.makers[0].Traffic().Path()
	}
	b := load.StartBalancer(ctx, load.BalancerOptions{
		URL: url, Period: p.period(),
		On: func(at time.Time, probe evidence.Probe) {
			p.t.rec.Add(at, evidence.Event{Probe: &probe})
			select {
			case p.probed <- struct{}{}:
			default:
			}
		},
	})
	var clients []*load.KeepAlive
	for i := range keepAliveClients {
		n := i
		clients = append(clients, load.StartKeepAlive(ctx, load.KeepAliveOptions{
			Conn: fmt.Sprintf("client %d", i+1), Balancer: b, Pause: keepAlivePause,
			Next: func() *load.Request { n++; return p.makers[n%len(p.makers)].Next() },
			On:   func(r load.Result) { p.t.Record("", r) },
		}))
	}
	return func() {
		b.Stop()
		for _, c := range clients {
			c.Stop()
		}
	}
}
