package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// renewal follows the credentials of a pool in the background, while those it
// is to use are refused, or new and not tried yet. It leaves the old connections
// only when new ones can be had: until then, they are all there is.
type renewal struct {
	pool    *pgxpool.Pool
	config  *pgx.ConnConfig
	adjust  func(context.Context, *pgx.ConnConfig) error // the user's own BeforeConnect
	kick    chan struct{}                                // a credential changed
	leaving chan struct{}                                // held by who is about to leave the old connections
	left    time.Time                                    // when that was done last; belongs to leaving
	filling chan struct{}                                // held by who fills the pool with stand-ins

	// Under the mutex of credentials:
	life  context.Context // ends with the pool; nil before its first connection
	under bool            // way: settle runs
	used  login           // by the pool's connections
}

// begin makes the credentials those of a pool.
func (c *credentials) begin(pool *pgxpool.Pool, adjust func(context.Context, *pgx.ConnConfig) error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.renewal = renewal{
		pool: pool, config: pool.Config().ConnConfig, adjust: adjust, used: c.current(),
		kick: make(chan struct{}, 1), leaving: make(chan struct{}, 1), filling: make(chan struct{}, 1),
	}
}

// changed renews the connections, now or when the new credentials are accepted.
func (c *credentials) changed() {
	select {
	case c.renewal.kick <- struct{}{}:
	default:
	}
	if !c.follow() {
		c.renewal.pool.Reset()
	}
}

// lives notes until when there is a pool.
func (c *credentials) lives(life context.Context) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.renewal.life == nil {
		c.renewal.life = life
	}
}

// follow sees to it that the credentials are tried until they are accepted. It
// reports whether the pool had a connection yet that could be renewed.
func (c *credentials) follow() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	r := &c.renewal
	if r.life == nil {
		return false
	}
	if !r.under && r.life.Err() == nil {
		r.under = true
		go c.settle(r.life)
	}
	return true
}

// settle tries the credentials, soon when they change and else every second.
func (c *credentials) settle(life context.Context) {
	ctx, cancel := context.WithCancel(context.Background()) // without the values of whoever came first
	defer cancel()
	defer context.AfterFunc(life, cancel)()
	began := time.Now()
	for {
		l, tried := c.current(), time.Now()
		if c.try(ctx, l) == nil && c.settled(l) || ctx.Err() != nil {
			return
		}
		for c.current().equal(l) && time.Since(tried) < refusedFor && ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-c.renewal.kick:
			case <-time.After(min(max(time.Since(began)/10, refreshPause), refusedFor)): // the later it is, the less a moment matters
			}
			c.refresh(ctx, true)
		}
	}
}

// settled leaves the connections of another login than l, which was accepted.
// It reports whether l is still the one to use.
func (c *credentials) settled(l login) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !l.equal(c.renewal.used) {
		c.renewal.used = l
		c.renewal.pool.Reset()
	}
	c.renewal.under = !l.equal(c.current())
	return !c.renewal.under
}

// try makes a connection for nothing but to know whether it can be made.
func (c *credentials) try(ctx context.Context, l login) error {
	config := c.renewal.config.Copy()
	if adjust := c.renewal.adjust; adjust != nil {
		if err := adjust(ctx, config); err != nil {
			return err
		}
	}
	config.User, config.Password = l.user, l.password.Reveal()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// leave leaves all connections, unless that was done after seen, or no new ones
// can be had.
func (c *credentials) leave(ctx context.Context, seen time.Time, reset func()) {
	if !c.change() {
		reset()
		return
	}
	select {
	case c.renewal.leaving <- struct{}{}:
		defer func() { <-c.renewal.leaving }()
	case <-ctx.Done():
		return
	}
	l := c.latest(ctx)
	if gate, _ := c.barred(l); gate != nil || c.renewal.left.After(seen) || c.try(ctx, l) != nil {
		return
	}
	c.renewal.left = time.Now()
	reset()
}
