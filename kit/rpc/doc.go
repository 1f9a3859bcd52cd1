// Package rpc serves and calls gRPC the way the rest of kit serves and calls
// HTTP.
//
//	server, err := rpc.NewServer(rpc.Options{Log: log, Registerer: registry, Health: monitor})
//	…
//	inventory.RegisterInventoryServer(server, handlers)
//	go server.Serve(listener)
//	…
//	err = server.Shutdown(ctx) // no call is lost
//
//	conn, err := rpc.Dial(rpc.Config{
//		Name: "inventory", Target: "dns:///inventory:50051",
//		Timeout: 800 * time.Millisecond, Attempts: 2, Fallback: rpc.Fail(),
//	})
//	…
//	client := inventory.NewInventoryClient(conn)
//
// Both are gRPC's own types, so generated code takes them as they are. Whoever
// makes a *grpc.Server by hand adds [ServerOptions].
//
// # The server
//
// Each call gets an access line (request.completed: method, code, duration_ms,
// remote), counts in
//
//	grpc_server_request_duration_seconds{method,code}  histogram, classic and native
//	grpc_server_requests_in_flight                     gauge
//
// has a span under its caller's when that is sampled, and ends within 10 s or
// its caller's deadline, whichever is earlier: kit/inbound's default. A panic is
// answered INTERNAL with the trace to ask for, and logged with its stack. So is
// an error that is no status: its text is for the log, not for callers. Methods
// that are not served count as "unknown", whatever they were called: no label,
// line or span holds what a caller made up, nor a message or a header.
//
// A message may have 1 MiB, a connection 250 calls under way, and after 30
// minutes it is asked to make place for another, so that new replicas get work;
// see [Options] for where the numbers come from.
//
// The health service ([Health]) tells readiness from a kit/health Monitor under
// the empty name, and liveness under "liveness". Its calls are never refused.
//
// # The client
//
// A connection cannot be had without a timeout and a decided fallback. Calls go
// to all addresses of the target in turn, except those whose health service says
// that they do not serve. Only idempotent methods are sent more than once: those
// defined with
//
//	option idempotency_level = NO_SIDE_EFFECTS; // or IDEMPOTENT
//
// those in Config.Idempotent, and calls with [Retry]. What is repeated is
// UNAVAILABLE, RESOURCE_EXHAUSTED and an attempt that ran out of time, after a
// wait between nothing and a window that doubles from 100 ms, or as long as the
// dependency asks (grpc-retry-pushback-ms), within the deadline and within a
// budget of one retry per ten calls. gRPC's own retries are off; that it sends
// again what no server has seen, it cannot be forbidden.
//
// NOT_FOUND and its like are answers and reach the caller unchanged. Failures are
// an [*Error] that names dependency, address, timeout and attempt, logged once
// (call.failed), and counted with kit/outbound's in http_client_…: to whom it
// matters that a dependency fails, the protocol does not.
//
// gRPC's own log, plain text on stderr by default, goes to [slog.Default] instead:
// its errors as warnings, the rest at the level debug. Who wants it elsewhere sets
// grpclog.SetLoggerV2 in main.
//
// # What it does not do
//
// It has no circuit breaker: the budget bounds what retries add, the bulkhead
// what a slow dependency holds, and gRPC itself fails fast while there is no
// connection. Streams get deadline, trace, metrics and log, but are neither
// limited by the Limiter nor retried. A handler that ignores its context is not
// stopped by the deadline.
//
// Requirements: resilience/timeouts, resilience/retries,
// resilience/retry-storm, resilience/fallback, resilience/recovery,
// resilience/isolation, scaling/ten-times, deployment/readiness,
// deployment/liveness, deployment/graceful-shutdown,
// observability/golden-signals, observability/cardinality,
// observability/trace-propagation, observability/span-per-call,
// security/pii-logs.
package rpc
