package outbound

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	kitmetrics "github.com/golive-dev/golive/kit/metrics"
)

var (
	errNotOurs = errors.New("outbound: ping: the client is not one of outbound.New: give Ping what New returned, not a client around it")
	errPingURL = errors.New("outbound: ping: the URL must be absolute, as in http://payments:8080/healthz")
)

// Ping returns a check for health.Critical and health.Optional: it sends a GET to the absolute url, and the dependency
// is up if that is answered with a status of 2xx. client is one of [New], whose connections and TLS it uses, and nothing
// else: a fallback, a retry or an open breaker would answer for the dependency, and readiness would tell of them. The
// answer comes by ctx's deadline or after Try, or Timeout without one, whichever is first. A redirect is not followed.
//
// An error is an [*Error], unless client or url cannot be used, which the check says each time. A ping is no call: no metrics count it,
// and its line, call.pinged, is at debug.
//
//	monitor.Critical("payments", outbound.Ping(payments, base+"/healthz"))
func Ping(client *http.Client, url string) func(ctx context.Context) error {
	g, ok := guardOf(client)
	if !ok {
		return func(context.Context) error { return errNotOurs }
	}
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil || req.URL.Host == "" {
		return func(context.Context) error { return errPingURL } // err holds the URL
	}
	return func(ctx context.Context) error {
		c := g.newPing(ctx, req)
		status, failure := c.ping()
		g.log.pinged(c, status, failure)
		if failure != nil {
			return failure
		}
		return nil
	}
}

func guardOf(client *http.Client) (*guard, bool) {
	if client == nil {
		return nil, false
	}
	g, ok := client.Transport.(*guard)
	return g, ok
}

func (g *guard) newPing(ctx context.Context, req *http.Request) *call {
	now := time.Now()
	c := &call{
		g: g, req: req.WithContext(ctx), began: now, start: now,
		share: &g.single, granted: g.single.of, attempt: 1, limit: 1,
	}
	c.host, c.port = hostPort(req.URL)
	if d, ok := ctx.Deadline(); ok {
		c.granted = min(c.granted, d.Sub(now))
	}
	c.deadline = now.Add(c.granted)
	return c
}

// ping makes the one attempt, past all that guards calls.
func (c *call) ping() (status int, failure *Error) {
	ctx, cancel := context.WithDeadline(c.req.Context(), c.deadline)
	defer cancel()
	resp, err := c.g.Transport.RoundTrip(c.req.WithContext(&attemptContext{ctx, c.deadline}))
	if err != nil {
		return 0, c.broken(err, false)
	}
	discard(resp.Body, cancel)
	if resp.StatusCode/100 != 2 {
		failure = c.failure(kitmetrics.Failed, ErrStatus, statusText(resp.StatusCode))
		failure.Status = resp.StatusCode
	}
	return resp.StatusCode, failure
}

func (l logs) pinged(c *call, status int, failure *Error) {
	ctx := c.req.Context()
	if !l.logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := append(c.logAttrs(), millis("duration_ms", time.Since(c.began)))
	if failure == nil {
		attrs = append(attrs, slog.Int("status", status))
	} else {
		attrs = append(attrs, failure.logAttrs()...)
	}
	l.logger.LogAttrs(ctx, slog.LevelDebug, "call.pinged", attrs...)
}
