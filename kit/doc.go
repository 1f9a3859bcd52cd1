// Package kit runs a service so that it holds the standard by construction.
//
// It wires the packages below it in the right order and nothing else: each of
// them is usable alone, over standard types, in a service that has a main
// function of its own. The smallest service is
//
//	func main() {
//		kit.Main("hello", func(s *kit.Service, c config) error {
//			s.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) error {
//				_, err := fmt.Fprintf(w, "%s, %s\n", c.Greeting, r.PathValue("name"))
//				return err
//			})
//			return nil
//		})
//	}
//
// where config is a struct whose fields say which variables of the
// environment they come from; see package config.
//
// # The phases
//
// A process goes through them in this order. What takes time comes after the
// ops port is open, so the platform sees a process that lives and is not ready.
//
//  1. configuration: kit's own [Settings] and the service's, all errors at once; exit code 1
//  2. telemetry: JSON lines to standard output, metrics, traces where OTEL_EXPORTER_OTLP_ENDPOINT says so
//  3. the ops port opens: live, not ready
//  4. the service is built by its function, which only connects things and waits for nobody
//  5. the service's port opens; until step 6 is done it answers 503
//  6. [Service.Before]: migrations and the like, each until it succeeds
//  7. dependencies are checked; ready when each critical one has answered
//
// On SIGTERM or SIGINT, in this order:
//
//  1. not ready; answers carry Connection: close
//  2. serving goes on for the drain delay, so that every load balancer has noticed
//  3. no new connections; requests in flight end
//  4. at the deadline – the grace period less a reserve for step 5 – their contexts are cancelled and connections cut
//  5. [Service.Go] functions end, [Service.OnStop] functions run, spans and lines are flushed
//  6. the ops port closes; exit code 0
//
// The drain delay must be longer than the platform needs to notice: probe
// period × failure threshold. Its default is three and a half times
// PROBE_PERIOD, that is Kubernetes' default failureThreshold of 3 and half a
// period for the endpoints to spread. Of the orders of stopping that were
// measured – 12 stops each under 16 keep-alive clients – only this one lost
// no request.
//
// # The ops port
//
// /livez, /readyz and /metrics answer everybody. /log/level, /switches/ and
// /debug/pprof/ answer callers on the same host only, which is where
// kubectl port-forward comes from.
//
// Requirements: deployment/liveness, deployment/readiness, deployment/startup,
// deployment/graceful-shutdown, deployment/config-from-environment,
// scaling/lifecycle, observability/golden-signals
package kit
