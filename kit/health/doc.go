// Package health answers the two questions of a platform: is the process to be
// restarted (liveness), and may requests be sent to it (readiness).
//
//	monitor := health.New(health.Options{})
//	monitor.Critical("db", pool.Ping)
//	monitor.Optional("payments", pingPayments)
//	monitor.Start(ctx)
//	defer monitor.Close()
//
//	ops.Handle("GET /livez", monitor.LiveHandler())
//	ops.Handle("GET /readyz", monitor.ReadyHandler())
//	…
//	monitor.SetStarted()  // when it can serve
//	monitor.SetDraining() // first thing on SIGTERM
//
// # Readiness
//
// Dependencies are asked in the background; the handler answers from memory, so
// a probe takes microseconds and never adds load to something that is in
// trouble. Readiness follows critical dependencies only. Optional ones, which
// the service can do without, are watched, told and measured. Whether a shared
// dependency is critical is yours to decide: if it is, all replicas are unready
// at once when it is away, and callers get the platform's 503 rather than
// yours.
//
// The answer names each dependency and its state, and no error text: that is
// in the log (health.dependency_down, health.dependency_up), once per change.
//
// # Liveness
//
// It fails for one reason: a loop of the service's own has stopped, as in a
// deadlock. No dependency is looked at, for a restart mends none.
//
//	loop := monitor.Loop("outbox", time.Minute)
//	for event := range events {
//		loop.Beat()
//		…
//	}
//	loop.Done()
//
// A loop that may wait for long beats from its ticker, too. Choose the time far
// above the longest round, timeouts of dependencies included.
//
// # Defaults
//
// Each dependency is asked every second, may take 500 ms, and is down after two
// failures in a row, the second look coming after a quarter of a second: an
// outage is seen within 2.3 s at worst, well within Kubernetes' probe period of
// 10 s, and a lost packet takes nobody out. One pass makes it up again. Looks
// are spread by a tenth, so that replicas do not ask in step.
//
// A check that ignores its context cannot be ended. It is not asked again
// while it runs, so at most one goroutine stays with it; it is reported as hung
// in the answer, the log and health_dependency_hung.
//
// # What it does not do
//
// It makes no connections: checks are functions, such as a pool's ping. It does
// not start or stop the service; kit does, in the order that loses no request.
//
// Requirements: deployment/liveness, deployment/readiness, deployment/startup,
// deployment/graceful-shutdown, alerting/coverage
package health
