package kit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/kittest"
)

func hello(s *kit.Service, _ none) error {
	s.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) error {
		_, err := fmt.Fprintf(w, "hello, %s\n", r.PathValue("name"))
		return err
	})
	return nil
}

func TestAServiceFromItsStartToItsEnd(t *testing.T) {
	r := start(t, nil, hello)
	r.await(r.ops+"/readyz", 200)
	if status, body := r.get(r.url + "/hello/ana"); status != 200 || body != "hello, ana\n" {
		t.Errorf("answered %d %q", status, body)
	}
	for path, want := range map[string]string{
		"/livez": "", "/metrics": `http_server_request_duration_seconds_count{method="GET",route="/hello/{name}",status="2xx"} 1`,
		"/switches/": "", "/log/level": `{"level":"info"}`, "/debug/pprof/": "goroutine",
	} {
		if status, body := r.get(r.ops + path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s answered %d %s", path, status, body)
		}
	}
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	want := []string{"service.started", "request.completed", "shutdown.draining", "service.stopped"}
	if got := r.out.events(t); !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}

type wanted struct {
	Region string        `env:"REGION"`
	Wait   time.Duration `env:"WAIT"`
}

func TestAllThatIsWrongWithTheConfigurationIsSaidAtOnce(t *testing.T) {
	var out lines
	env := map[string]string{"PORT": "hunter2", "WAIT": "hunter3"}
	code := kit.Run(context.Background(), kit.Options{
		Name: "subject", Out: &out, Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}, func(*kit.Service, wanted) error { t.Error("it was built"); return nil })
	text := out.String()
	if code != 1 || !strings.Contains(text, `"event":"config.invalid"`) {
		t.Errorf("exit code %d: %s", code, text)
	}
	for _, name := range []string{"PORT", "REGION", "WAIT"} {
		if !strings.Contains(text, name) {
			t.Errorf("%s is not named: %s", name, text)
		}
	}
	if strings.Contains(text, "hunter") {
		t.Errorf("a value is shown: %s", text)
	}
}

func TestWhatDoesNotFitTogetherStopsTheStart(t *testing.T) {
	for text, env := range map[string]map[string]string{
		"DRAIN_DELAY":   {"DRAIN_DELAY": "20s"},
		"TLS_KEY_FILE":  {"TLS_CERT_FILE": "cert.pem"},
		"TLS_CERT_FILE": {"TLS_CA_FILE": "ca.pem"},
	} {
		r := launch(t, kit.Options{Name: "subject"}, env, hello)
		if r.url != "" || !strings.Contains(r.out.String(), text) {
			t.Errorf("%v: it started, or %s is not named: %s", env, text, r.out)
		}
		if code := r.end(); code != 1 {
			t.Errorf("%v: exit code %d", env, code)
		}
	}
}

func TestATakenPortIsNamed(t *testing.T) {
	first := start(t, nil, hello)
	for _, c := range []struct{ variable, url string }{{"PORT", first.url}, {"OPS_PORT", first.ops}} {
		_, port, _ := strings.Cut(strings.TrimPrefix(c.url, "http://"), ":")
		r := launch(t, kit.Options{Name: "subject"}, map[string]string{c.variable: port}, hello)
		if code := r.end(); code != 1 || !strings.Contains(r.out.String(), c.variable+": ") {
			t.Errorf("exit code %d: %s", code, r.out)
		}
	}
}

func TestABuildThatFailsEndsTheProcess(t *testing.T) {
	stopped := false
	r := launch(t, kit.Options{Name: "subject"}, nil, func(s *kit.Service, _ none) error {
		s.OnStop("pool", func(context.Context) error { stopped = true; return nil })
		return errors.New("no such table")
	})
	if code := r.end(); code != 1 || !strings.Contains(r.out.String(), "building the service: no such table") || !stopped {
		t.Errorf("exit code %d, stopped %v: %s", code, stopped, r.out)
	}
}

func TestNotReadyBeforeItsStepsSucceeded(t *testing.T) {
	migrate := make(chan error)
	r := start(t, nil, func(s *kit.Service, c none) error {
		s.Before("migrate", func(context.Context) error { return <-migrate })
		return hello(s, c)
	})
	migrate <- errors.New("connection refused")
	for url, want := range map[string]int{r.ops + "/livez": 200, r.ops + "/readyz": 503, r.url + "/hello/ana": 503} {
		if status, body := r.get(url); status != want {
			t.Errorf("%s answered %d %s before the migration", url, status, body)
		}
	}
	migrate <- nil
	r.await(r.ops+"/readyz", 200)
	r.await(r.url+"/hello/ana", 200)
	if text := r.out.String(); !strings.Contains(text, `"event":"start.step_failed"`) || !strings.Contains(text, "connection refused") {
		t.Errorf("the failed step is not logged: %s", text)
	}
}

func TestReadinessFollowsCriticalDependenciesOnly(t *testing.T) {
	down := make(chan struct{})
	r := start(t, nil, func(s *kit.Service, c none) error {
		s.Health.Critical("db", func(context.Context) error {
			select {
			case <-down:
				return errors.New("refused")
			default:
				return nil
			}
		})
		s.Health.Optional("mail", func(context.Context) error { return errors.New("refused") })
		return hello(s, c)
	})
	r.await(r.ops+"/readyz", 200)
	close(down)
	r.await(r.ops+"/readyz", 503)
	if status, _ := r.get(r.ops + "/livez"); status != 200 {
		t.Errorf("liveness follows a dependency: %d", status)
	}
}

func TestTwelveStopsLoseNothing(t *testing.T) {
	report := kittest.Stops(t, kittest.StopsOptions{
		Balancer: kittest.BalancerOptions{Period: 50 * time.Millisecond},
		Load:     kittest.Load{Request: func() *http.Request { return httptest.NewRequest("GET", "/hello/ana", nil) }},
	}, func(t testing.TB) (kittest.Backend, func()) {
		r := start(t.(*testing.T), map[string]string{"PROBE_PERIOD": "100ms"}, hello)
		return kittest.Backend{URL: r.url, Ready: r.ops + "/readyz"}, func() { r.end() }
	})
	t.Logf("%v", report)
	if len(report.Lost) > 0 || report.Answered < 12*16*5 || report.Answered != report.Sent {
		t.Error(report)
	}
}
