// Package trace reads and sends W3C trace contexts without asking
// OpenTelemetry's SDK, and sets that SDK up for the requests that are sampled.
//
//	traces, err := trace.Start(trace.Options{Service: "orders", Endpoint: "http://collector:4318"})
//	…
//	defer traces.Shutdown(ctx)
//
// [Parse], [Extract], [Inject], [NewRoot] and [NewChild] need nothing of that:
// with them alone a service passes traces on. They follow W3C Trace Context
// level 2 to the letter: a traceparent is exact or refused, later versions are
// read by their first 55 characters, unknown flags are zero when they go out.
// Parsing allocates nothing.
//
// A [Provider] sends spans as OTLP over HTTP, protobuf and gzip, from one
// goroutine, and never holds a request: what does not fit the queue, and what
// the collector does not take, is dropped and counted. It does not set the
// global provider; give [Provider.TracerProvider] to otel.SetTracerProvider if
// the code beneath asks for that.
//
// # Sampling
//
// A caller's sampled flag is followed. New traces are sampled by their id, in
// the ratio of the options. [Provider.Sampled] tells the decision before the
// SDK is asked, since an SDK that is asked costs microseconds even for a span
// that it does not record.
//
// # Defaults
//
//   - Ratio 0.1. A span costs about 1 µs where it is made and 2 µs where it is
//     sent, as much as all the rest of a request's duty.
//   - Queue 2048, Batch 512, Every 5 s: those of OpenTelemetry's batch
//     processor (OTEL_BSP_MAX_QUEUE_SIZE and its like).
//   - Timeout 10 s for a batch with all attempts: OTEL_EXPORTER_OTLP_TIMEOUT's.
//   - Attempts 3, with a random pause of up to 1 s, then 2 s, between; the
//     collector's Retry-After goes before. Repeated are failed connections and
//     429, 502, 503 and 504, as OTLP demands.
//   - A tracestate of 512 characters and 32 entries: what level 2, section
//     3.3.1.5, asks everybody to carry.
//
// # What it does not do
//
// It sends no metrics or logs, and does not speak OTLP over gRPC. Callers can
// make a service record by their flag: at the border to the world drop the
// header in the gateway. Entries of a tracestate whose key is valid by level 2
// only (it begins with a digit, or has more than one @) are not passed on:
// OpenTelemetry's type cannot hold them. OTEL_EXPORTER_OTLP_HEADERS is not
// read, since tokens have no place in the environment.
//
// Requirements: observability/trace-propagation, observability/span-per-call, observability/log-trace-correlation
package trace
