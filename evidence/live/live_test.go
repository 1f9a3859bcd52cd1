package live

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var ends = service.Endpoints{Live: "/livez", Ready: "/readyz?full=1", Metrics: "/metrics"}

// running is a service that is alive and not ready, and counts who asked.
func running(t *testing.T) (base string, asked map[string]int) {
	t.Helper()
	asked = map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		asked[q.Method+" "+q.RequestURI]++
		switch q.URL.Path {
		case "/readyz":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/metrics":
			w.Write([]byte("# TYPE requests_total counter\nrequests_total{code=\"200\"} 7\n"))
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestEachEndpointIsAskedOnce(t *testing.T) {
	base, asked := running(t)
	begin := time.Now()
	records := Collect(t.Context(), base+"/", ends)
	if len(records) != 3 {
		t.Fatalf("%d records, want 3: %+v", len(records), records)
	}
	for _, want := range []string{"GET /livez", "GET /readyz?full=1", "GET /metrics"} {
		if asked[want] != 1 {
			t.Errorf("%s was asked %d times: %v", want, asked[want], asked)
		}
	}
	if len(asked) != 3 {
		t.Errorf("it asked for what nobody declared: %v", asked)
	}
	for _, r := range records {
		if !strings.HasPrefix(r.Source.Name, "GET "+base+"/") || strings.Contains(r.Source.Name, "//livez") {
			t.Errorf("the source is %q", r.Source.Name)
		}
		if r.At.Before(begin.Add(-time.Second)) || r.At.Location() != time.UTC {
			t.Errorf("%s was asked at %s", r.Source.Name, r.At)
		}
	}
}

func TestTheAnswersAreRecordedAsTheyCame(t *testing.T) {
	base, _ := running(t)
	records := Collect(t.Context(), base, ends)
	live, ready := records[0].Data.(evidence.Probe), records[1].Data.(evidence.Probe)
	if live.Endpoint != "live" || live.Status != 200 || ready.Endpoint != "ready" || ready.Status != 503 {
		t.Errorf("live %+v, ready %+v", live, ready)
	}
	scraped := records[2].Data.(evidence.Scrape)
	if scraped.Status != 200 || len(scraped.Families) != 1 || scraped.Families[0].Name != "requests_total" {
		t.Errorf("scraped %+v", scraped)
	}
}

func TestOnlyWhatIsDeclaredIsAsked(t *testing.T) {
	base, asked := running(t)
	if records := Collect(t.Context(), base, service.Endpoints{}); len(records) != 0 || len(asked) != 0 {
		t.Errorf("without endpoints it recorded %+v and asked %v", records, asked)
	}
	if records := Collect(t.Context(), base, service.Endpoints{Ready: "/readyz"}); len(records) != 1 {
		t.Errorf("with one endpoint it recorded %+v", records)
	}
}

func TestNobodyThereIsARecordNotAnError(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	records := Collect(t.Context(), s.URL, ends)
	if len(records) != 3 {
		t.Fatalf("%d records, want 3", len(records))
	}
	for _, r := range records {
		switch seen := r.Data.(type) {
		case evidence.Probe:
			if seen.Status != 0 || seen.Error == "" {
				t.Errorf("%s: %+v", r.Source.Name, seen)
			}
		case evidence.Scrape:
			if seen.Status != 0 || seen.Error == "" {
				t.Errorf("%s: %+v", r.Source.Name, seen)
			}
		}
	}
}

func TestARedirectIsNoAnswerOfTheEndpoint(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/livez" {
			http.Redirect(w, q, "/login", http.StatusFound)
		}
	}))
	defer s.Close()
	records := Collect(t.Context(), s.URL, service.Endpoints{Live: "/livez"})
	if p := records[0].Data.(evidence.Probe); p.Status != http.StatusFound {
		t.Errorf("it recorded %+v, want the redirect itself", p)
	}
}

func TestEndpointsAtAnAddressOfTheirOwn(t *testing.T) {
	base, asked := running(t)
	own := ends
	own.Ops = base
	if records := Collect(t.Context(), "http://127.0.0.1:1", own); len(records) != 3 || asked["GET /livez"] != 1 {
		t.Errorf("%d records, asked %v", len(records), asked)
	}
	own.Ops = "http://127.0.0.1:${port.ops}"
	if records := Collect(t.Context(), base, own); len(records) != 0 {
		t.Errorf("a port that nobody knows was asked: %+v", records)
	}
}
