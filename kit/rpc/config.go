package rpc

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// Config describes the client of one dependency. Name, Target, Timeout and
// Fallback have no default: what a call may cost and what happens without its
// answer are decisions that only the owner of the service can take.
type Config struct {
	// Name is the service's own name of the dependency, such as "inventory": it
	// labels metrics, log lines and errors.
	Name string

	// Target is where it is, in gRPC's naming: "dns:///inventory:50051".
	Target string

	// Timeout bounds a call with all attempts and the waits between them. Take
	// it from the dependency's p99. A caller's earlier deadline goes before it,
	// and what is left is sent along. It bounds streams too, but for those
	// opened with [LongLived].
	Timeout time.Duration

	// Fallback decides what the caller of a unary method gets when there is no
	// answer: [Fail], [Stale] or [Func].
	Fallback Fallback

	// Attempts is how often a unary call is sent at most, from 1 to 10. Default
	// 1. Only idempotent methods are ever sent twice: those whose definition has
	// option idempotency_level, those in Idempotent, and calls made with [Retry].
	Attempts int

	// Idempotent are the full names, "/package.Service/Method", of methods
	// that may be sent twice though their definition does not say so.
	Idempotent []string

	// Try bounds one attempt. Default Timeout divided by Attempts.
	Try time.Duration

	// Backoff is the window of the first wait, drawn from nothing to the window,
	// which doubles with each retry up to 20 s, as in kit/outbound. Default 100 ms.
	Backoff time.Duration

	// Budget is the share of a retry that each call earns, from 0 to 1. Default
	// 0.1, as in gRPC's retry throttling (gRFC A6): in an outage retries add a
	// tenth to the load at most. BudgetMinimum is how many may be spent in a
	// burst, and the most that is saved. Default 100, as in kit/outbound.
	Budget        float64
	BudgetMinimum int

	// MaxInFlight bounds the unary calls under way; further ones are refused at
	// once. Default 256.
	MaxInFlight int

	// MaxMessage is the largest message in bytes that is taken from the
	// dependency. Default 4 MiB, gRPC's own.
	MaxMessage int

	// Ping is how long a connection may be silent, with calls under way, before
	// it is asked whether it lives. Default 5 minutes, the most often that a
	// gRPC server takes by default; servers of this package take 10 s.
	Ping time.Duration

	// Credentials secure the connection. nil means TLS with the system's roots;
	// plain text must be asked for, with gRPC's insecure.NewCredentials().
	Credentials credentials.TransportCredentials

	// Log is told of calls; nil means [slog.Default]. Registerer gets the metrics
	// of kit/metrics' Client; nil keeps them unregistered. Tracer makes the spans
	// of sampled calls; nil means [otel.GetTracerProvider].
	Log        *slog.Logger
	Registerer prometheus.Registerer
	Tracer     trace.TracerProvider

	// Options are gRPC's own, applied last.
	Options []grpc.DialOption
}

// Defaults of Config.
const (
	DefaultBackoff       = 100 * time.Millisecond
	DefaultBudget        = 0.1
	DefaultBudgetMinimum = 100
	DefaultMaxInFlight   = 256
	DefaultMaxReply      = 4 << 20
	DefaultPing          = 5 * time.Minute
)

const mostAttempts = 10

func (c Config) withDefaults() Config {
	orDefault(&c.Attempts, 1)
	if c.Try == 0 && c.Attempts > 0 {
		c.Try = c.Timeout / time.Duration(c.Attempts)
	}
	orDefault(&c.Backoff, DefaultBackoff)
	orDefault(&c.Budget, DefaultBudget)
	orDefault(&c.BudgetMinimum, DefaultBudgetMinimum)
	orDefault(&c.MaxInFlight, DefaultMaxInFlight)
	orDefault(&c.MaxMessage, DefaultMaxReply)
	orDefault(&c.Ping, DefaultPing)
	if c.Credentials == nil {
		c.Credentials = credentials.NewTLS(nil)
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Tracer == nil {
		c.Tracer = otel.GetTracerProvider()
	}
	return c
}

// validate names every field that is missing or cannot be right.
func (c Config) validate() error {
	var wrong []string
	must := func(ok bool, what string) {
		if !ok {
			wrong = append(wrong, what)
		}
	}
	must(c.Name != "", "Name is missing: the service's own name of the dependency")
	must(c.Target != "", `Target is missing: as in "dns:///inventory:50051"`)
	must(c.Timeout > 0, "Timeout is missing: how long a call may take, from the dependency's p99")
	must(c.Fallback != nil, "Fallback is missing: decide what callers get without an answer; rpc.Fail() if nothing")
	must(c.Attempts >= 1 && c.Attempts <= mostAttempts, fmt.Sprintf("Attempts must be from 1 to %d", mostAttempts))
	must(c.Try >= 0 && c.Try <= c.Timeout, "Try must not be negative nor above Timeout")
	must(c.Budget >= 0 && c.Budget <= 1, "Budget must be from 0 to 1")
	must(c.BudgetMinimum > 0, "BudgetMinimum must not be negative")
	must(c.MaxInFlight > 0, "MaxInFlight must not be negative")
	must(c.MaxMessage > 0, "MaxMessage must not be negative")
	must(c.Backoff > 0, "Backoff must not be negative")
	must(c.Ping > 0, "Ping must not be negative")
	for _, m := range c.Idempotent {
		must(len(m) > 1 && m[0] == '/', fmt.Sprintf(`Idempotent: %q is no full name, as in "/package.Service/Method"`, m))
	}
	if f, ok := c.Fallback.(interface{ validate() error }); ok {
		if err := f.validate(); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return errors.New(strings.Join(wrong, "; "))
}
