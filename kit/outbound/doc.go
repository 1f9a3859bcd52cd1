// Package outbound makes the HTTP client of one dependency: an ordinary *http.Client that cannot be built without a
// timeout and a decision about what happens when there is no answer.
//
//	payments, err := outbound.New(outbound.Config{
//		Name:     "payments",
//		Timeout:  800 * time.Millisecond,
//		Attempts: 2,
//		Fallback: outbound.Degraded(http.StatusOK, "application/json", `{"state":"pending"}`),
//	})
//	…
//	resp, err := payments.Do(req) // ends within 800 ms, its body included, whatever payments does
//
// # What a call gets
//
//   - A deadline from the connect to the last byte of the body, which is read before Do returns: a peer that never
//     accepts, never answers, stops in the middle or drips is ended alike, tried again where that is allowed, and covered by the
//     fallback. The remaining time goes along as the header Request-Timeout ("790ms").
//   - Retries, only of what may be repeated, after connection errors, timeouts, 429, 502, 503 and 504: with exponential
//     backoff and full jitter, after the time that Retry-After asks for, never past the deadline, and only within the budget. Go's
//     own silent replay of requests on a connection that broke is prevented: an attempt is a request sent.
//   - A circuit breaker that judges calls, and a bulkhead that refuses calls above MaxInFlight at once.
//   - The fallback: [Fail], [Stale], [Degraded] or [Func], when nothing else is left. [FellBack] tells such answers apart.
//   - One log line (call.completed, call.failed or call.canceled, beside call.retried and call.redirected at debug,
//     call.fell_back and breaker.changed), the metrics of package metrics, a traceparent with a span id of its own, and in sampled traces a
//     client span per attempt.
//
// All of that would hide an outage from readiness. [Ping] goes past it, over the same connections:
//
//	monitor.Critical("payments", outbound.Ping(payments, base+"/healthz"))
//
// What counts: an answer below 500, but for 429, is an answer, and is returned. 5xx and 429 are failures, and go to the
// fallback once no attempt is left; their bodies are drained and closed. A caller who cancels is no failure at all: no fallback,
// no error line, nothing for the breaker. A caller's own deadline is one only where the attempt had half of its time.
//
// The error is an [*Error], which names host, port, timeout and attempt and never holds the URL's path or query. http.Client
// wraps it into a *url.Error, whose text does: print what [AsError] finds, or nothing, since the failure has been logged. A handler that cannot do without
// the answer returns err as it is: packages problem and inbound make it a 503 with the dependency's Retry-After, or a second, and
// say nothing of the dependency.
//
// # Defaults
//
//   - Attempts 1: a retry is a load that the owner of the dependency should agree to.
//   - Try: Timeout / Attempts, so that all attempts fit; Timeout where the request may be sent once only.
//   - Backoff: 100 ms, doubling, at most 20 s (AWS: "Exponential Backoff and Jitter" and the SDKs' standard mode).
//   - Budget: 0.1 retries per call (gRPC A6, SRE book) after a burst of 100 (AWS SDKs).
//   - Breaker: opens at half of 20 or more calls failed in 10 s, for 5 s, then lets one call probe, without retries (Hystrix).
//   - MaxInFlight 256, MaxResponse 4 MiB: together they bound the memory at 1 GiB in the worst case; lower them for small containers.
//   - Redirects: at most 5, within the same deadline and attempts; one more is a failure. To another origin no header goes along that
//     could be a credential, and neither a body nor a step from TLS to plain text is taken: the 3xx is then the answer.
//   - Idle connections: as many as MaxInFlight, for 30 s, below the usual servers' 60 s and more, so that the client closes first.
//
// # In golive.yaml
//
// There, timeout is the budget of one attempt, Try here, while Timeout here is that of the whole call:
//
//	outbound.Config{Name: "payments", Try: 500 * time.Millisecond, Attempts: 2, Timeout: 1200 * time.Millisecond, …}
//
//	dependencies:
//	  payments:
//	    timeout: 500ms # Try
//	    attempts: 2    # Attempts
//
// Timeout should hold Attempts × Try and the waits between, each up to Backoff's window; golive grants the request that makes
// the call attempts × (timeout + 250ms) and a second. With Attempts 1, Timeout alone will do, and is golive's timeout as well. Without Try,
// attempts have Timeout / Attempts each, but requests that may be sent once only have all of Timeout: where there are both, set Try.
//
// # Cost
//
// About 2 µs of CPU per call over a plain http.Client, as BenchmarkOverhead measures it. Over a network the peer's
// parsing of two more headers and the deadline's bookkeeping inside net/http come on top; it prints that too, beside a client that
// sets deadline and headers by hand.
//
// # What it does not do
//
// It does not read bodies twice: a request whose body has no GetBody is sent once. It does not switch protocols
// (WebSocket), nor retry what broke while the caller read a [Stream]. It does not hedge, balance or cache beyond [Stale].
// It does not begin traces: outside of a sampled one it records no span. A transport given to it must heed the request's context.
//
// Requirements: resilience/timeouts, resilience/retries, resilience/retry-storm, resilience/fallback, resilience/recovery, resilience/isolation,
// observability/error-context, observability/log-boundaries, observability/trace-propagation, observability/span-per-call
package outbound
