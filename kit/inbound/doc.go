// Package inbound is the server side of a service: it does for each request, in
// one pass, what is owed to it, and hands it to an ordinary handler.
//
//	mux, err := inbound.New(inbound.Options{Log: logger, Metrics: server, Tracer: traces.TracerProvider(), Sampled: traces.Sampled})
//	…
//	mux.HandleErr("POST /orders", func(w http.ResponseWriter, r *http.Request) error {
//		order, err := inbound.Decode[Order](w, r)
//		if err != nil {
//			return err // 400, 413, 415 or 422, saying where the mistake is
//		}
//		return place(r.Context(), order)
//	}, inbound.Timeout(2*time.Second))
//	…
//	err = inbound.Server(":8080", mux, inbound.ServerOptions{Log: logger}).ListenAndServe()
//
// Patterns are those of [http.ServeMux], handlers are [http.Handler]s, and a
// [Mux] is one.
//
// # What each request gets
//
//   - A place in a trace: the caller's, by its traceparent, or a new one. Its span
//     context is in r.Context(), where OpenTelemetry looks for it, whether it is
//     sampled or not. Only sampled requests cost a span.
//   - One line of log, request.completed, with method, route, status, duration_ms,
//     bytes_in, bytes_out, remote, and where they are known subject (see
//     [SetSubject]), refused (why it was not let in) and error.
//   - One observation of its duration by method, route and class of status.
//   - A deadline in r.Context(): the route's [Timeout], or what the caller says in
//     the header Request-Timeout ("800ms"; see [RequestTimeout]) where that is sooner.
//   - A bounded body: [MaxBody] bytes, arriving within the deadline.
//   - A net under it: a panic is answered with 500, logged with its stack, and costs
//     nobody else anything.
//
// And as options: [Priority] under the limit of kit/shed, [RateLimit], [Switch],
// [Quiet], [Mux.SetDraining].
//
// Nothing that a caller sent gets into logs, metrics or spans by itself: no path,
// query, header or body. What matches no route is "unmatched", a method that no
// standard names is "other". A panic is logged by its type, for its text may hold
// anything. The text of an error that a handler returns does get into the log,
// with a status of 500 or more: keep such things out of it. Errors of an
// http.Client are told without their URL (see [Fail]).
//
// The status is the one that was sent, but for two: 499 where the caller left
// before there was an answer, which is no failure of the service, and 500 where an
// answer was cut, which looked well when it began.
//
// # Defaults
//
//	Timeout             10 s      what a person waits
//	MaxBody             1 MiB     as nginx
//	header within       5 s       and 64 KiB
//	answer read within  30 s      or the route's timeout and 5 to 35 s more
//	idle connection     120 s     longer than load balancers keep theirs
//	Retry-After         1 to 3 s  drawn, after an overload; exact after a limit of rate
//	callers remembered  10,000    by a limit of rate
//
// A deadline cannot stop a handler that does not heed its context: Go cannot. It
// ends what is done with that context, and reading the body. A route that streams
// or takes over its connection (WebSocket) needs Timeout(0).
//
// # Cost
//
// With everything on, a GET with a path parameter takes 0.8 µs and 2 allocations
// when it is not sampled, 2.1 µs and 6 when it is, of which http.ServeMux alone
// takes 0.1 and 1 (two cores of a shared Xeon, Go 1.26; BenchmarkFullDuty measures
// it). What buys that: one allocation for a request's state; metrics resolved at
// registration; a context that makes its timer when somebody first waits; a line
// that is appended, not built, its first half in one piece; the SDK asked only for
// what is sampled, and told all at the end; a limit on writing that is set once for
// many requests. A span so has its attributes when it ends; it has method and route
// from the start where the SDK's sampler is to judge by them, which is where neither
// the caller nor Options.Sampled has decided.
//
// # What it does not do
//
// It does not authenticate, compress, or speak CORS: put such handlers around
// the routes or the Mux. It trusts no X-Forwarded-For: remote is the peer's
// address, the load balancer's where there is one. It puts no Mux into a Mux: each
// would log. A span does not carry the URL, which OpenTelemetry's conventions ask
// for, because the URL is the caller's.
//
// Requirements: observability/structured-logs, observability/log-trace-correlation,
// observability/log-boundaries, observability/access-log, observability/golden-signals,
// observability/metrics-truth, observability/cardinality,
// observability/trace-propagation, security/input-validation, security/pii-logs,
// deployment/graceful-shutdown, scaling/ten-times, scaling/kill-switches,
// resilience/timeouts, resilience/isolation.
package inbound
