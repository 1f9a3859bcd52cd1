package vault

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/openbao/openbao/api/v2"
)

// Client reads from one server. Its methods may be called by many goroutines at
// once.
type Client struct {
	api    *api.Client
	http   *http.Client
	config Config
	host   string
	health *api.Client // without a namespace, to which sys/health does not belong

	turn    turn // held while logging in; what follows belongs to it
	current session
	failure string // of the last login, while the token before is good
	closed  bool
}

// as returns a way to send requests in a session.
func (c *Client) as(s session) *api.Logical {
	return c.api.WithRequestCallbacks(func(r *api.Request) { r.ClientToken = s.token.Reveal() }).Logical()
}

// send sends a request in a session, and once more if it was denied because that
// session is over. It returns the session in which it was answered.
func (c *Client) send(ctx context.Context, verb, path string, request func(*api.Logical) (*api.Secret, error)) (*api.Secret, session, error) {
	s, err := c.session(ctx)
	if err != nil {
		return nil, s, err
	}
	answer, err := request(c.as(s))
	if status(err) == http.StatusForbidden && c.lost(ctx, s) {
		if s, err = c.session(ctx); err != nil {
			return nil, s, err
		}
		answer, err = request(c.as(s))
	}
	if err != nil {
		return nil, s, c.explain(verb, path, err)
	}
	return answer, s, nil
}

// read reads what is at a path of the HTTP API.
func (c *Client) read(ctx context.Context, path string) (*api.Secret, session, error) {
	answer, s, err := c.send(ctx, "read", path, func(l *api.Logical) (*api.Secret, error) { return l.ReadWithContext(ctx, path) })
	switch {
	case err != nil:
		return nil, s, err
	case answer == nil || len(answer.Data) == 0:
		return nil, s, c.nothing(path, answer)
	}
	return answer, s, nil
}

// nothing explains an answer without data. Versioned engines answer so, with a
// warning, where data is missing in the path.
func (c *Client) nothing(path string, answer *api.Secret) error {
	err := &Error{Host: c.host, Verb: "read", Path: path, Status: http.StatusNotFound}
	if answer != nil && len(answer.Warnings) > 0 {
		mount, rest, _ := strings.Cut(path, "/")
		err.Messages = []string{fmt.Sprintf("a versioned engine is read at %s/data/%s", mount, rest)}
	}
	return err
}

// Check asks whether the server is up and unsealed, which it also is as a
// standby. It needs no login. It suits an optional check of health: a service
// goes on with the secrets that it has.
func (c *Client) Check(ctx context.Context) error {
	health, err := c.health.Sys().HealthWithContext(ctx)
	switch {
	case err != nil:
		return c.explain("check", "sys/health", err)
	case !health.Initialized:
		return fmt.Errorf("vault at %s is not initialised; run bao operator init", c.host)
	case health.Sealed:
		return fmt.Errorf("vault at %s is sealed; unseal it", c.host)
	}
	return nil
}

// Close ends the session: the token is revoked, and with it every login to a
// database. So call it last. A token that an agent keeps stays. Sources return
// errors from then on.
func (c *Client) Close(ctx context.Context) error {
	if err := c.turn.take(ctx); err != nil {
		return err
	}
	defer c.turn.leave()
	defer c.http.CloseIdleConnections()
	open := !c.closed && c.current.number > 0 && c.current.valid(c.config.Now())
	c.closed = true
	if !open || c.config.Auth.file != nil {
		return nil
	}
	if _, err := c.as(c.current).WriteWithContext(ctx, "auth/token/revoke-self", map[string]any{}); err != nil {
		return c.explain("revoke", "auth/token/revoke-self", err)
	}
	return nil
}
