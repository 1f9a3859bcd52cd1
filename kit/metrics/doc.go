// Package metrics measures a service the way that one is watched: latency,
// traffic, errors and saturation, per route and per dependency, in Prometheus'
// format.
//
//	registry := metrics.NewRegistry()
//	server, err := metrics.NewServer(registry, metrics.ServerOptions{Threshold: 300 * time.Millisecond})
//	…
//	route := server.Route("GET", "/orders/{id}") // once, at registration
//	route.Observe(200, took, "")                 // per request
//	…
//	ops.Handle("GET /metrics", metrics.Handler(registry))
//
// kit/inbound and kit/outbound observe by themselves; a service only makes the
// registry and what its own business counts.
//
// # What is measured
//
//	http_server_request_duration_seconds{method,route,status}  histogram; status is the class, 2xx to 5xx
//	http_server_requests_in_flight                             gauge
//	http_client_request_duration_seconds{dependency,outcome}   histogram; see [Outcome]
//	http_client_attempts_total{dependency}                     counter, with retries
//	http_client_retries_total{dependency}                      counter
//	http_client_retries_denied_total{dependency}               counter: the retry budget was spent
//	http_client_fallbacks_total{dependency,kind}               counter
//	http_client_requests_in_flight{dependency}                 gauge
//	http_client_breaker_state{dependency}                      gauge: 0 closed, 1 half-open, 2 open
//	pool_connections_open, _in_use, _max {pool}                gauges
//	pool_waits_total, pool_wait_seconds_total {pool}           counters
//
// and what [NewRegistry] brings: the Go runtime's collections, goroutines,
// memory and scheduling latencies, the process's CPU, memory and file
// descriptors.
//
// # Defaults
//
// The edges of the buckets are Prometheus' own, 5 ms to 10 s, and one lies
// exactly at [ServerOptions.Threshold], 500 ms unless told: without an edge at
// the objective's threshold nobody can say how many requests met it. The same
// histograms are native ones too, with a growth factor of 1.1 (percentiles
// within 5 %) and at most 160 buckets, which is OpenTelemetry's bound for
// exponential histograms. Scrapers that do not ask for native histograms do not
// pay for them.
//
// A sampled request becomes the exemplar of its bucket, at most one in 100 ms: scrapes
// are seconds apart and read one of each.
//
// The series of a route's classes 2xx to 5xx exist, at 0, from its
// registration: an increase from nothing to 1 is invisible to rate(), the first
// error would be lost. And a label costs its lookup then, not per request.
//
// # What it does not do
//
// No label is ever filled from what a caller sent: there is no place for a
// path, a user or a header here, and a package above that takes routes from its
// patterns is needed. It does not push: a scraper asks [Handler].
//
// Requirements: observability/golden-signals, observability/metrics-truth,
// observability/percentiles, observability/cardinality,
// observability/datastore-monitoring.
package metrics
