// Package peer holds one small service, built the way the documentation of
// each framework says, so that their costs can be compared.
//
// The service answers GET /users/{id} with a small JSON and GET /panic with a
// panic. Its full duty, in every peer but the bare one:
//
//   - one JSON access line per request, with the trace id of the caller,
//   - golden signals: latency as a histogram per route and status, and how
//     many requests are in flight,
//   - W3C tracing with the SDK of OpenTelemetry,
//   - a panic becomes a 500 and the service lives on.
//
// Where the framework's own middleware has no such thing, the missing part is
// added as a service's owner would, and where it cannot be had without
// replacing that middleware, the peer says so in Lacks. The tests hold every
// peer to exactly that.
package peer
