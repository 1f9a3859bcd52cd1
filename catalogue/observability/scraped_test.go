package observability

import (
	"strings"
	"testing"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/live"
	"github.com/golive-dev/golive/service"
)

// A service that somebody else runs is only looked at: what its metrics do
// not hold yet may be for want of traffic, which is no finding.
func TestARunningServiceIsTakenAsItIs(t *testing.T) {
	buckets := []evidence.Bucket{{Le: 0.1, Count: 3}, {Le: 0.5, Count: 4}}
	histogram := func(labels ...map[string]string) evidence.Family {
		f := family("http_request_duration_seconds", "histogram", labels...)
		for i := range f.Series {
			f.Series[i].Buckets = buckets
		}
		return f
	}
	place := map[string]string{"method": "POST", "route": "/orders", "status": "201"}
	show := map[string]string{"method": "GET", "route": "/orders/{id}", "status": "200"}
	cpu := family("process_cpu_seconds_total", "counter", nil)
	for name, test := range map[string]struct {
		scrape              evidence.Scrape
		golden, percentiles check.Outcome
		says                string
	}{
		"with traffic":              {evidence.Scrape{Status: 200, Families: []evidence.Family{cpu, histogram(place, show)}}, check.Passed, check.Passed, "2 endpoints"},
		"without any yet":           {evidence.Scrape{Status: 200, Families: []evidence.Family{cpu}}, check.Unknown, check.Unknown, "it counted no request yet"},
		"with traffic to one":       {evidence.Scrape{Status: 200, Families: []evidence.Family{cpu, histogram(place)}}, check.Unknown, check.Passed, "it counted no request yet for each endpoint"},
		"no metrics":                {evidence.Scrape{Status: 404}, check.Failed, check.Failed, "GET /metrics answered 404"},
		"nobody there":              {evidence.Scrape{Error: "connection refused"}, check.Unknown, check.Unknown, "nothing answered (connection refused)"},
		"nothing on how full it is": {evidence.Scrape{Status: 200, Families: []evidence.Family{histogram(place, show)}}, check.Failed, check.Passed, "saturation"},
	} {
		svc := &service.Service{
			Name: "orders", Endpoints: service.Endpoints{Metrics: "/metrics"}, SLOs: []service.SLO{{Latency: service.Duration(500e6)}},
			Traffic: []service.Traffic{{Request: "POST /orders"}, {Request: "GET /orders/${uuid}"}},
		}
		record := evidence.New(live.ScrapeKind, evidence.Source{Name: "GET http://shop.test/metrics"}, test.scrape)
		set := evidence.NewSet(svc, evidence.Build{}, []evidence.Record{record})
		golden, percentiles := judgedAs(t, set, "observability/golden-signals"), judgedAs(t, set, "observability/percentiles")
		if golden.Outcome != test.golden || percentiles.Outcome != test.percentiles {
			t.Errorf("%s: the signals are %s (%s), percentiles %s (%s)", name, golden.Outcome, golden.Reason, percentiles.Outcome, percentiles.Reason)
		}
		said := golden.Reason
		for _, e := range golden.Evidence {
			said += "\n" + e.Text
		}
		if !strings.Contains(said, test.says) {
			t.Errorf("%s: %s; want %q", name, said, test.says)
		}
	}
}

func judgedAs(t *testing.T, set *evidence.Set, id string) check.Result {
	t.Helper()
	for _, c := range check.Registered() {
		if c.ID != id {
			continue
		}
		v, err := check.Judge(set, []check.Requirement{{ID: c.ID, Gate: c.Gate, Needs: c.Needs, Check: c}}, check.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return v.Results[0]
	}
	t.Fatalf("there is no check %s", id)
	return check.Result{}
}
