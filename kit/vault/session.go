package vault

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/golive-dev/golive/kit/redact"
)

// doubt is the age from which a session that is denied something may have been
// revoked. A younger one lacks a right, and another login would not help.
const doubt = time.Minute

// session is a time for which we are logged in.
type session struct {
	lease
	token  redact.Secret[string]
	number int // of the login, from 1; what was leased under another ends with that
}

// session returns one that is valid, and logs in or renews for it where needed.
func (c *Client) session(ctx context.Context) (session, error) {
	if err := c.turn.take(ctx); err != nil {
		return session{}, err
	}
	defer c.turn.leave()
	if c.closed {
		return session{}, fmt.Errorf("vault at %s: the client is closed", c.host)
	}
	err := c.refresh(ctx)
	return c.current, err
}

func (c *Client) refresh(ctx context.Context) error {
	now := c.config.Now()
	usable := c.current.number > 0 && c.current.valid(now)
	switch {
	case c.config.Auth.file != nil:
		return c.takeFile(ctx)
	case !usable:
		return c.begin(ctx)
	case !c.current.due(now):
		return nil
	case c.current.renewable && c.renew(ctx):
		return nil
	}
	c.warn(c.begin(ctx))
	return nil // the old token is still good
}

// warn logs each kind of failure once, since each poll tries again.
func (c *Client) warn(err error) {
	if err == nil || err.Error() == c.failure {
		return
	}
	c.failure = err.Error()
	c.config.Log.Warn("vault.login_failed", slog.String("server", c.host), slog.String("error", c.failure),
		slog.Time("token_valid_until", c.current.from.Add(c.current.lasts)))
}

// takeFile begins a session whenever the file holds another token, and keeps the
// old one when the file cannot be read.
func (c *Client) takeFile(ctx context.Context) error {
	next, err := c.config.Auth.login(ctx, c, "")
	switch {
	case err != nil && c.current.number == 0:
		return fmt.Errorf("vault at %s: read the token: %w", c.host, err)
	case err != nil || next.token.Equal(c.current.token):
		return nil
	}
	next.from = c.config.Now()
	c.enter(next)
	return nil
}

// begin logs in.
func (c *Client) begin(ctx context.Context) error {
	next, err := c.config.Auth.login(ctx, c, c.config.Auth.mount)
	if err != nil {
		return err
	}
	c.enter(next)
	return nil
}

func (c *Client) enter(next session) {
	next.number = c.current.number + 1
	c.current, c.failure = next, ""
}

// renew reports whether the token got enough time.
func (c *Client) renew(ctx context.Context) bool {
	answer, err := c.as(c.current).WriteWithContext(ctx, "auth/token/renew-self", map[string]any{})
	if err != nil || answer == nil || answer.Auth == nil {
		return false
	}
	next, worth := c.current.renewed(c, answer.Auth.LeaseDuration, answer.Auth.Renewable)
	if worth {
		c.current.lease = next
	}
	return worth
}

// lost finds out whether s was denied something because its token is revoked,
// and then gives it up.
func (c *Client) lost(ctx context.Context, s session) bool {
	if c.config.Now().Sub(s.from) < doubt {
		return false
	}
	if _, err := c.as(s).ReadWithContext(ctx, "auth/token/lookup-self"); status(err) != 403 {
		return false
	}
	if c.turn.take(ctx) != nil {
		return false
	}
	defer c.turn.leave()
	if c.current.number == s.number {
		c.current.lease = lease{lasts: 1} // over since long
	}
	return true
}
