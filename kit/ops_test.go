package kit

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWhatChangesTheServiceIsForThisHostOnly(t *testing.T) {
	h := nearby(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for address, want := range map[string]int{
		"127.0.0.1:5": 200, "[::1]:5": 200, "10.0.0.7:5": 403, "[2001:db8::1]:5": 403, "": 403, "localhost:5": 403,
	} {
		r := httptest.NewRequest("GET", "http://localhost:9090/", nil)
		r.RemoteAddr = address
		r.Header.Set("X-Forwarded-For", "127.0.0.1")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("from %q: %d, want %d", address, w.Code, want)
		}
	}
}

// A page of elsewhere, in a browser on this host, asks under its own name.
func TestWhatChangesTheServiceIsForNoPageOfElsewhere(t *testing.T) {
	h := nearby(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, c := range []struct {
		host, origin string
		want         int
	}{
		{"127.0.0.1:9090", "", 200},
		{"[::1]:9090", "", 200},
		{"localhost", "http://localhost:9090", 200},
		{"evil.example.com", "", 403},
		{"evil.example.com:9090", "", 403},
		{"localhost:9090", "http://evil.example.com", 403},
		{"localhost:9090", "null", 403},
	} {
		r := httptest.NewRequest("PUT", "http://localhost/", nil)
		r.RemoteAddr, r.Host = "127.0.0.1:5", c.host
		r.Header.Set("Origin", c.origin)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("host %q, origin %q: %d, want %d", c.host, c.origin, w.Code, c.want)
		}
	}
}

func TestTheLevelIsChangedWhileItRuns(t *testing.T) {
	var out bytes.Buffer
	level := new(slog.LevelVar)
	h := levelHandler(level, slog.New(slog.NewTextHandler(&out, nil)))
	for _, c := range []struct {
		method, body string
		status       int
		answer       string
	}{
		{"GET", "", 200, `{"level":"info"}`},
		{"PUT", "debug\n", 200, `{"level":"debug"}`},
		{"PUT", "loud", 400, "want debug, info, warn or error as body"},
		{"GET", "", 200, `{"level":"debug"}`},
		{"POST", "debug", 405, "GET shows the level, PUT sets it"},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(c.method, "/log/level", strings.NewReader(c.body)))
		if w.Code != c.status || strings.TrimSpace(w.Body.String()) != c.answer {
			t.Errorf("%s %q answered %d %s", c.method, c.body, w.Code, w.Body)
		}
	}
	if level.Level() != slog.LevelDebug || !strings.Contains(out.String(), "log.level_changed") {
		t.Errorf("level %v, lines %s", level.Level(), &out)
	}
}
