// Package log writes a service's log: slog's API, one JSON object per line,
// one schema for all lines, at about half the cost of slog's own handler.
//
//	out := log.Buffer(os.Stdout, 0)
//	defer out.Close()
//	logger := log.New(out, log.Options{Service: "orders"})
//	slog.SetDefault(logger) // also takes in what the standard library logs
//	logger.InfoContext(ctx, "order.placed", "order", id)
//
// writes
//
//	{"timestamp":"2026-03-01T12:00:00.000001200Z","level":"info","service":"orders","trace_id":"4bf9…","span_id":"00f0…","event":"order.placed","order":"A-1"}
//
// # The schema
//
//   - timestamp: RFC 3339 in UTC, always with nine decimals, so that lines sort
//     as text.
//   - level: debug, info, warn or error. Levels in between are called by the
//     name below them.
//   - trace_id and span_id: of the span context in ctx; absent without one.
//   - event: slog's message. Keep it constant, "order.placed", and put what
//     differs into attributes: events are counted and searched by name.
//   - attributes: groups are objects, errors their text, durations texts with a
//     unit ("1.5s"), times RFC 3339 in UTC, NaN and the infinities texts, all
//     else as encoding/json has it.
//
// No object has a name twice, for many readers of logs refuse such a line: an
// attribute named like a fixed field gets attr_ before its name, and one that
// comes again _2, _3 behind it.
//
// A line stays one line, whatever is in it: control characters are escaped,
// also those of terminals, and what is no UTF-8 is replaced. A value that
// cannot be encoded, or whose methods panic, tells so in its place.
//
// Types decide by [slog.LogValuer] what is shown of them. It is asked of
// attributes, also within groups; within structs, slices and maps encoding/json
// asks for MarshalJSON. The types of package redact have both and show nothing.
//
// # Speed
//
// [Handler.Line] builds a line without an allocation, for code that logs at
// each request. By the benchmarks beside this file, Go 1.26 on one core of an
// Intel Xeon: 0.21 µs for a line of eight fields, and 0.05 µs for the clock;
// 0.57 µs through slog.LogAttrs, 0.3 µs of it in slog itself; slog's JSON
// handler takes 1.05 µs, and writes no trace ids.
//
// # Defaults
//
//   - Level: info.
//   - Buffer: 5 ms, or 64 KiB before that. A line of level warn or above is
//     written at once, and its goroutine waits for that, 100 ms at most.
//   - 1 MiB of lines waits at most; then they are dropped and counted, and no
//     request waits for whoever reads the log.
//   - A value of 16 KiB at most, what is longer is cut; attributes beyond 24 KiB
//     of a line are left out and counted in attrs_dropped. So a line stays below
//     64 KiB, from which on common collectors split or drop it.
//
// # What it does not do
//
// It does not rotate or ship: write to standard output, and leave that to the
// platform. It does not sample, and does not redact by name: a name says
// little about a value; use types. It does not tell the source line.
//
// Requirements: observability/structured-logs, observability/log-trace-correlation, observability/log-events, observability/log-boundaries, security/pii-logs
package log
