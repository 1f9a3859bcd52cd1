package outbound

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
)

// Config describes the client of one dependency. Name, Timeout and Fallback have no default: what a call may
// cost and what happens without its answer are decisions that only the owner of the service can take.
type Config struct {
	// Name is the service's own name of the dependency, such as "payments": it labels metrics, log lines and errors.
	Name string

	// Timeout bounds a call from its beginning to the last byte of the answer, with all attempts, the waits
	// between them and redirects. Take it from the dependency's p99. A caller's earlier deadline goes before it.
	Timeout time.Duration

	// Fallback decides what the caller gets when there is no answer: [Fail], [Stale], [Degraded] or [Func].
	Fallback Fallback

	// Attempts is how often a call is sent at most, from 1 to 10. Default 1: whether a second attempt is worth
	// its load on a dependency in trouble is for the owner to say. Only methods that are idempotent by RFC 9110
	// (GET, HEAD, OPTIONS, TRACE, PUT, DELETE), and requests with an Idempotency-Key, are ever sent twice.
	Attempts int

	// Try bounds one attempt, reading of the answer included. Default Timeout divided by Attempts, and Timeout
	// itself for requests that are sent only once. It is what golive.yaml calls the dependency's timeout.
	Try time.Duration

	// Backoff is the wait before a retry.
	Backoff Backoff

	// Budget is the share of a retry that each call earns, from 0 to 1. Default 0.1, as in gRPC's retry
	// throttling (gRFC A6) and the SRE book ("Handling Overload"): in an outage retries add a tenth to the load at most.
	Budget float64

	// BudgetMinimum is how many retries a burst may spend that were not earned by that burst, and the most that
	// can be saved. Default 100, as in the AWS SDKs (500 tokens at 5 per retry).
	BudgetMinimum int

	// Breaker stops calls to a dependency that is down.
	Breaker Breaker

	// MaxInFlight bounds the calls under way; further ones are refused at once. Default 256.
	MaxInFlight int

	// MaxResponse bounds the answer's body in bytes, since it is read into memory. Default 4 MiB. See [Stream].
	MaxResponse int64

	// Log gets one line per call. Default slog.Default(). With a logger of kit/log a line costs the least.
	Log *slog.Logger

	// Registerer gets the metrics of package metrics. Default nil: they are kept but not registered.
	Registerer prometheus.Registerer

	// Tracer provides spans, one per attempt, when the caller's trace is sampled. Default otel.GetTracerProvider().
	Tracer trace.TracerProvider

	// Transport sends the attempts. Default: an http.Transport of the client's own, with connections kept for
	// MaxInFlight calls, and dials that end with their attempt. One given must end when the request's context does, as
	// http.Transport does; but that dials on: give it a DialContext with a Timeout no longer than Try.
	Transport http.RoundTripper

	// TLS configures the default Transport, as certs.Identity.Client does. It cannot go with Transport.
	TLS *tls.Config
}

// Breaker configures the circuit breaker. It judges calls, not attempts, so that the retries of one call stay
// one piece of evidence. The defaults are those of Hystrix: 20 calls in 10 s, half of them failed, 5 s open.
type Breaker struct {
	// Share of failed calls at which the breaker opens, above 0, to 1. Default 0.5.
	Share float64
	// Calls within Window below which it never opens. Default 20.
	Calls int
	// Window is the time looked back upon. Default 10 s.
	Window time.Duration
	// Open is how long calls are refused before one is let through to probe. Default 5 s.
	Open time.Duration
	// Off does without a breaker.
	Off bool
}

// The defaults that are not self-evident; Config tells where they come from.
const (
	maxAttempts     = 10
	defaultBudget   = 0.1
	defaultMinimum  = 100
	defaultInFlight = 256
	defaultResponse = 4 << 20
)

// withDefaults fills in what was left out. What is wrong stays, for validate to find.
func (c Config) withDefaults() Config {
	c.Attempts = orElse(c.Attempts, 1)
	c.Backoff.Base = orElse(c.Backoff.Base, 100*time.Millisecond)
	c.Backoff.Cap = orElse(c.Backoff.Cap, max(20*time.Second, c.Backoff.Base))
	c.Budget = orElse(c.Budget, defaultBudget)
	c.BudgetMinimum = orElse(c.BudgetMinimum, defaultMinimum)
	c.Breaker.Share = orElse(c.Breaker.Share, 0.5)
	c.Breaker.Calls = orElse(c.Breaker.Calls, 20)
	c.Breaker.Window = orElse(c.Breaker.Window, 10*time.Second)
	c.Breaker.Open = orElse(c.Breaker.Open, 5*time.Second)
	c.MaxInFlight = orElse(c.MaxInFlight, defaultInFlight)
	c.MaxResponse = orElse(c.MaxResponse, defaultResponse)
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Tracer == nil {
		c.Tracer = otel.GetTracerProvider()
	}
	if c.Transport == nil {
		c.Transport = newTransport(c)
	}
	return c
}

// validate names every field that cannot be right, all at once.
func (c Config) validate() error {
	var wrong []error
	must := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	must(c.Name != "", "Name is missing: name the dependency as the service does")
	must(c.Timeout > 0, "Timeout is missing: set how long a call may take, from the dependency's p99")
	must(c.Fallback != nil, "Fallback is missing: decide for outbound.Fail, Stale, Degraded or Func")
	must(c.Try >= 0, "Try is %v: must be above 0", c.Try)
	must(c.Try <= c.Timeout || c.Timeout <= 0, "Try (%v) is longer than Timeout (%v): an attempt must end before the call does", c.Try, c.Timeout)
	must(c.Attempts >= 1 && c.Attempts <= maxAttempts, "Attempts is %d: must be from 1 to %d", c.Attempts, maxAttempts)
	must(c.Backoff.Base > 0 && c.Backoff.Cap >= c.Backoff.Base, "Backoff: Base (%v) must be above 0 and Cap (%v) no less", c.Backoff.Base, c.Backoff.Cap)
	must(c.Budget >= 0 && c.Budget <= 1, "Budget is %v: must be from 0 to 1", c.Budget)
	must(c.BudgetMinimum >= 1, "BudgetMinimum is %d: must be 1 or more", c.BudgetMinimum)
	must(c.Breaker.Share > 0 && c.Breaker.Share <= 1, "Breaker.Share is %v: must be above 0, to 1", c.Breaker.Share)
	must(c.Breaker.Calls >= 1 && c.Breaker.Window > 0 && c.Breaker.Open > 0, "Breaker: Calls, Window and Open must be above 0")
	must(c.MaxInFlight >= 1, "MaxInFlight is %d: must be 1 or more", c.MaxInFlight)
	must(c.MaxResponse >= 1, "MaxResponse is %d: must be 1 or more", c.MaxResponse)
	if f, ok := c.Fallback.(interface{ validate() error }); ok {
		if err := f.validate(); err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
