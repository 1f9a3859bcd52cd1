package health_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/health"
)

func TestReadyHandlerTellsStatesAndNoErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := health.New(health.Options{Log: quiet})
		m.Critical("db", new(remote).ping)
		m.Optional("mail", func(context.Context) error { return errors.New("password rejected by 10.0.0.7") })
		step := func(wantCode int, wantBody string) {
			t.Helper()
			if code, body := probe(m.ReadyHandler()); code != wantCode || body != wantBody {
				t.Errorf("got  %d %s\nwant %d %s", code, body, wantCode, wantBody)
			}
		}
		step(503, `{"status":"starting","dependencies":[{"name":"db","critical":true,"state":"unknown","for_seconds":0},{"name":"mail","critical":false,"state":"unknown","for_seconds":0}]}`)
		m.SetStarted()
		step(503, `{"status":"waiting","dependencies":[{"name":"db","critical":true,"state":"unknown","for_seconds":0},{"name":"mail","critical":false,"state":"unknown","for_seconds":0}]}`)
		m.Start(t.Context())
		defer m.Close()
		time.Sleep(2 * time.Second)
		code, body := probe(m.ReadyHandler())
		if code != 200 || !strings.HasPrefix(body, `{"status":"ready","dependencies":[{"name":"db","critical":true,"state":"up","for_seconds":2},{"name":"mail","critical":false,"state":"down"`) {
			t.Errorf("%d %s", code, body)
		}
		if strings.Contains(body, "password") {
			t.Errorf("the error stands in the answer: %s", body)
		}
		m.SetDraining()
		if code, body := probe(m.ReadyHandler()); code != 503 || !strings.HasPrefix(body, `{"status":"draining"`) {
			t.Errorf("%d %s", code, body)
		}
	})
}

func TestReadyWithoutDependencies(t *testing.T) {
	m := health.New(health.Options{Log: quiet})
	m.SetStarted()
	if code, body := probe(m.ReadyHandler()); code != 200 || body != `{"status":"ready","dependencies":[]}` {
		t.Errorf("%d %s", code, body)
	}
}

// TestProbesAskNoDependency floods both handlers.
func TestProbesAskNoDependency(t *testing.T) {
	db := new(remote)
	within(t, health.Options{}, func(m *health.Monitor) { m.Critical("db", db.ping) }, func(t *testing.T, m *health.Monitor) {
		time.Sleep(500 * time.Millisecond)
		for range 1000 {
			probe(m.ReadyHandler())
			probe(m.LiveHandler())
		}
		if n := db.asked.Load(); n != 1 {
			t.Errorf("the dependency was asked %d times", n)
		}
	})
}

func TestHandlersTakeNoOtherMethods(t *testing.T) {
	m := health.New(health.Options{Log: quiet})
	for method, want := range map[string]int{"HEAD": 200, "POST": 405, "DELETE": 405} {
		w := httptest.NewRecorder()
		m.LiveHandler().ServeHTTP(w, httptest.NewRequest(method, "/", nil))
		if w.Code != want || want == 200 && w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v, want %d and not to be cached", method, w.Code, w.Header(), want)
		}
	}
}
