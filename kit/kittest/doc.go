// Package kittest holds the parts that a test of a service needs around it: a
// stand-in for an upstream that scripts answers and faults, a balancer that
// behaves like Kubernetes and counts the requests that a stop loses, a
// throw-away PostgreSQL, recorders of log lines, metrics and spans, and a
// certificate authority.
//
// Each is made with the test's [testing.TB], ends with the test, and fails it
// by itself when something came that was not expected, or did not come that
// was:
//
//	payments := kittest.NewUpstream(t)
//	payments.On("PUT /charges/{id}").
//		Status(503).Times(2).
//		Then().Answer(200, `{"state":"charged"}`)
//
//	logs := kittest.NewLogs(t)
//	orders := newOrders(payments.URL, logs.Logger)
//	// … call orders …
//	logs.MustHave("call.failed", "dependency", "payments")
//	logs.Never("4111-1111")
//
// A stop that loses nothing is shown with
//
//	report := kittest.Stops(t, kittest.StopsOptions{}, start)
//	if len(report.Lost) > 0 {
//		t.Error(report)
//	}
//
// Defaults. A [LoadBalancer] asks readiness every 300 ms and believes the first
// failure: thirty times as often as Kubernetes by default (periodSeconds 10,
// failureThreshold 3), so that a test of a stop takes a second and not a
// minute. Its probes wait for 1 s and take 200 to 399 for ready, as the
// kubelet does. [Stops] stops 12 times under 16 clients: the number with which
// six services were told apart without one verdict that a repetition
// changed. An [Upstream] reads at most 16 MiB of a request. What is awaited is
// awaited for at most 30 s.
//
// What it does not do: an Upstream speaks HTTP/1.1 without TLS, and it cannot
// leave a connection unaccepted, because the kernel accepts for it; the shape
// nearest to that is [Script.Hang]. The balancer's clients speak HTTP/1.1.
// There is no clock to turn: use [testing/synctest] for what needs one, and
// these parts, which use real sockets, outside of its bubble.
//
// Requirements: testing/unit, testing/integration, testing/chaos-tested, deployment/graceful-shutdown,
// resilience/timeouts
package kittest
