package observability

import (
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var shop = &service.Service{
	Name:      "upstream-orders",
	Endpoints: service.Endpoints{URL: "http://127.0.0.1:${port}/api", Live: "/livez", Ready: "/readyz?full=1", Metrics: "/metrics"},
	Traffic:   []service.Traffic{{Request: "POST /orders"}},
}

func family(name, kind string, labels ...map[string]string) evidence.Family {
	f := evidence.Family{Name: name, Type: kind}
	for _, l := range labels {
		f.Series = append(f.Series, evidence.Series{Labels: l, Value: 4, Count: 4})
	}
	return f
}

func TestRequestFamilies(t *testing.T) {
	order, status := map[string]string{"route": "/orders", "status": "201"}, map[string]string{"status": "201"}
	for name, test := range map[string]struct {
		families []evidence.Family
		want     string
	}{
		"by route and status":              {[]evidence.Family{family("http_request_duration_seconds", "histogram", order)}, "http_request_duration_seconds"},
		"by status alone":                  {[]evidence.Family{family("http_requests_total", "counter", status)}, "http_requests_total"},
		"untyped":                          {[]evidence.Family{family("http_requests", "untyped", order)}, "http_requests"},
		"by its routes, whatever name":     {[]evidence.Family{family("latency", "histogram", order)}, "latency"},
		"under the service's own name":     {[]evidence.Family{family("upstream_orders_http_requests_total", "counter", order)}, "upstream_orders_http_requests_total"},
		"calls":                            {[]evidence.Family{family("http_client_duration_seconds", "histogram", order), family("dependency_calls_total", "counter", order)}, ""},
		"sizes":                            {[]evidence.Family{family("http_response_size_bytes", "histogram", order), family("http_request_body_bytes", "histogram", order)}, ""},
		"gauges":                           {[]evidence.Family{family("http_server_active_requests", "gauge", order)}, ""},
		"the handler of the metrics":       {[]evidence.Family{family("promhttp_metric_handler_requests_total", "counter", map[string]string{"code": "200"})}, ""},
		"a code that is no status":         {[]evidence.Family{family("http_jobs_total", "counter", map[string]string{"code": "E42"})}, ""},
		"another word":                     {[]evidence.Family{family("queue_items_total", "counter", map[string]string{"status": "200"})}, ""},
		"probes alone":                     {[]evidence.Family{family("http_requests_total", "counter", map[string]string{"route": "/livez"}, map[string]string{"route": "GET /api/readyz"}, map[string]string{"route": "/metrics/"})}, ""},
		"other paths beside the service's": {[]evidence.Family{family("http_requests_total", "counter", order), family("payments_http_seconds", "histogram", map[string]string{"path": "/charges"})}, "http_requests_total"},
		"statuses beside the routes":       {[]evidence.Family{family("http_responses_total", "counter", status), family("http_seconds", "histogram", order)}, "http_seconds, http_responses_total"},
	} {
		after := &evidence.Scrape{Families: test.families}
		if got := familyNames(requestFamilies(nil, after, shop)); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
		if got := requestFamilies(after, after, shop); len(got) > 0 {
			t.Errorf("%s: %s did not rise", name, familyNames(got))
		}
	}
}

func TestStatusClass(t *testing.T) {
	for status, want := range map[string]string{
		"200": "2xx", "404": "4xx", "5xx": "5xx", "5XX": "5xx", " 201 ": "2xx",
		"": "", "ok": "", "2": "", "20": "", "2000": "", "600": "", "0": "", "2x0": "", "x00": "",
	} {
		if got := statusClass(status); got != want {
			t.Errorf("the class of %q is %q, want %q", status, got, want)
		}
	}
}

func TestPerSecond(t *testing.T) {
	edges := func(les ...float64) evidence.Series {
		var s evidence.Series
		for _, le := range les {
			s.Buckets = append(s.Buckets, evidence.Bucket{Le: le})
		}
		return s
	}
	for _, test := range []struct {
		family evidence.Family
		want   float64
	}{
		{evidence.Family{Name: "http_request_duration_seconds"}, 1},
		{evidence.Family{Name: "http_server_duration_milliseconds"}, 1e3},
		{evidence.Family{Name: "http_request_duration_ms"}, 1e3},
		{evidence.Family{Name: "http_request_duration_us"}, 1e6},
		{evidence.Family{Name: "http_request_duration", Unit: "milliseconds"}, 1e3},
		{evidence.Family{Name: "http_request_duration", Unit: "seconds", Series: []evidence.Series{edges(1, 3600)}}, 1},
		{evidence.Family{Name: "http_request_duration", Series: []evidence.Series{edges(0.1, 10)}}, 1},
		{evidence.Family{Name: "http_request_duration", Series: []evidence.Series{edges(5, 2500)}}, 1e3},
		{evidence.Family{Name: "http_request_duration_seconds", Series: []evidence.Series{edges(5, 2500)}}, 1}, // its name is what readers go by
		{evidence.Family{Name: "msgs_http_request_duration"}, 1},
	} {
		if got := perSecond(test.family); got != test.want {
			t.Errorf("%s (%s): %g a second, want %g", test.family.Name, test.family.Unit, got, test.want)
		}
	}
}

func TestLabelOfTakesTheBestName(t *testing.T) {
	s := evidence.Series{Labels: map[string]string{"Path": "/orders/7", "http_route": "/orders/{id}", "le": "1"}}
	if got, ok := labelOf(s, routeLabels); !ok || got != "/orders/{id}" {
		t.Errorf("the route is %q %t", got, ok)
	}
	if _, ok := labelOf(s, statusLabels); ok {
		t.Error("there is a status")
	}
}

func TestSaturationGoesByWholeWords(t *testing.T) {
	for name, want := range map[string]bool{
		"process_cpu_seconds_total": true, "go_goroutines": true, "http_requests_in_flight": true, "http_server_active_requests": true,
		"nodejs_eventloop_lag_seconds": true, "jvm_memory_used_bytes": true, "hikaricp_connections": true, "db_pool_waits": true,
		"downloads_total": false, "payload_bytes": false, "uploads_active_total": false, "interactive_sessions": false, "spooled_total": false,
	} {
		if saturation.MatchString(name) != want {
			t.Errorf("%s is about saturation: %t", name, !want)
		}
	}
}
