package pg

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/kit/redact"
	"github.com/golive-dev/golive/kit/secret"
	"github.com/jackc/pgx/v5"
)

const (
	// freshFor is how long credentials count as just read, so that ten new
	// connections at once read them once.
	freshFor = 10 * time.Millisecond
	// refusedFor is how long a refused credential is not tried again unless it
	// changes: servers lock accounts, and a rotation takes a moment.
	refusedFor = time.Second
	// refreshPause is the time between two looks for a changed credential.
	refreshPause = 50 * time.Millisecond
	// refreshLimit bounds the reading of the secrets: a store that hangs must not
	// hold up a connection, while a file that was just written is waited for.
	refreshLimit = time.Second
	// failedFor is how long a source of secrets that failed is left alone: what
	// was read last mostly still holds, and connections must not wait for it.
	failedFor = 5 * time.Second
)

// login is what one connection logs in with.
type login struct {
	user     string
	password redact.Secret[string]
}

func (l login) equal(other login) bool {
	return l.user == other.user && l.password.Equal(other.password)
}

// credentials gives each new connection what is valid now.
type credentials struct {
	user, password *secret.Value
	name           string // the dependency's, for the log
	fallback       login  // where there is no secret
	log            *slog.Logger

	reading chan struct{} // held while the secrets are read
	next    time.Time     // of the next read; belongs to reading

	mutex     sync.Mutex
	refused   login
	refusedAt time.Time
	refusal   error         // why
	barrier   chan struct{} // while the current login is refused; closed when it is accepted

	kept    atomic.Int32 // places in the pool that stand-ins have
	renewal renewal
}

// change reports whether there is a secret at all.
func (c *credentials) change() bool { return c.user != nil || c.password != nil }

// apply is pgx's BeforeConnect for connections that are not of the pool.
func (c *credentials) apply(ctx context.Context, config *pgx.ConnConfig) error {
	ctx, cancel := context.WithTimeout(ctx, refreshLimit+refusedFor)
	defer cancel()
	c.refresh(ctx, false)
	now := c.current()
	for c.recentlyRefused(now) && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(refreshPause):
		}
		c.refresh(ctx, true)
		now = c.current()
	}
	config.User, config.Password = now.user, now.password.Reveal()
	return nil
}

func (c *credentials) current() login {
	now := c.fallback
	if c.user != nil {
		now.user = c.user.Get().Reveal()
	}
	if c.password != nil {
		now.password = c.password.Get()
	}
	return now
}

// refresh reads the secrets, unless that was done just now. It reads until
// nothing changed meanwhile, since user and password may stand in two files of
// which one was written already. Failures are logged by the secret; what was
// read last is used then.
func (c *credentials) refresh(ctx context.Context, again bool) {
	select {
	case c.reading <- struct{}{}:
		defer func() { <-c.reading }()
	case <-ctx.Done():
		return
	}
	if time.Now().Before(c.next) && !again {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, refreshLimit)
	defer cancel()
	for range 3 {
		before, failed := c.current(), false
		for _, v := range []*secret.Value{c.user, c.password} {
			failed = v != nil && v.Refresh(ctx) != nil || failed
		}
		c.next = time.Now().Add(freshFor)
		if failed {
			c.next = time.Now().Add(failedFor)
			return
		}
		if c.current().equal(before) {
			return
		}
	}
}

// latest returns the login for a new connection.
func (c *credentials) latest(ctx context.Context) login {
	ctx, cancel := context.WithTimeout(ctx, refreshLimit)
	defer cancel()
	c.refresh(ctx, false)
	return c.current()
}

// refuse remembers what the server did not accept.
func (c *credentials) refuse(ctx context.Context, l login, err error) {
	if !isRefused(err) {
		return
	}
	c.mutex.Lock()
	known := c.refused.equal(l) && !c.refusedAt.IsZero()
	c.refused, c.refusedAt, c.refusal = l, time.Now(), err
	if c.barrier == nil && c.change() && l.equal(c.current()) {
		c.barrier = make(chan struct{})
	}
	c.mutex.Unlock()
	if !known {
		c.log.LogAttrs(ctx, slog.LevelWarn, "pg.credentials_refused",
			slog.String("dependency", c.name), slog.String("sqlstate", sqlState(err)))
	}
}

// accept opens the barrier, unless l is no longer what connections log in with.
func (c *credentials) accept(l login) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !l.equal(c.current()) {
		return
	}
	c.refusedAt = time.Time{}
	if c.barrier != nil {
		close(c.barrier)
		c.barrier = nil
	}
}

// barred returns what is closed when new connections can be had again, and why
// they cannot; nil where nothing is known against l.
func (c *credentials) barred(l login) (<-chan struct{}, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.barrier == nil || !c.refused.equal(l) {
		return nil, nil
	}
	return c.barrier, c.refusal
}

func (c *credentials) recentlyRefused(l login) bool {
	if !c.change() {
		return false
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return time.Since(c.refusedAt) < refusedFor && c.refused.equal(l)
}

func isRefused(err error) bool { return isRefusal(sqlState(err)) }

// isRefusal reports whether a SQLSTATE says that user or password is wrong.
func isRefusal(code string) bool { return code == "28P01" || code == "28000" }
