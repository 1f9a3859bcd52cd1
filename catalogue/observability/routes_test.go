package observability

import (
	"strings"
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

func TestServes(t *testing.T) {
	order := route{"GET", "/orders/{}"}
	for _, test := range []struct {
		route        route
		endpoint     route
		match, exact bool
	}{
		{route{"GET", "/orders/{id}"}, order, true, true},
		{route{"", "/orders/:id"}, order, true, true},
		{route{"", "/orders/<int:pk>"}, order, true, true},
		{route{"", "/orders/[id]"}, order, true, true},
		{route{"", "/orders/9b2e6c1a"}, order, true, true}, // a raw path, which the check cardinality minds
		{route{"", "^orders/(?P<pk>[^/.]+)/$"}, order, true, true},
		{route{"", "/orders/{id}/"}, order, true, true},
		{route{"", "/orders/{id} 05399794"}, order, true, true},
		{route{"", "/orders/{path...}"}, order, true, false},
		{route{"", "/orders/*"}, order, true, false},
		{route{"", "/**"}, order, true, false},
		{route{"POST", "/orders/{id}"}, order, false, false},
		{route{"", "/orders"}, order, false, true},
		{route{"", "/orders/{id}/items"}, order, false, false},
		{route{"", "/refunds/{id}"}, order, false, false},
		{route{"", "getOrder"}, order, false, false},
		{route{"", "/"}, route{"GET", "/"}, true, true},
		{route{"", "/orders/{id}"}, route{"GET", "/orders/latest"}, true, true},
	} {
		match, exact := test.route.serves(test.endpoint)
		if match != test.match || match && exact != test.exact {
			t.Errorf("%s serves %s: %t, exactly %t", test.route, test.endpoint, match, exact)
		}
	}
}

func TestUntold(t *testing.T) {
	place, show, cancel := route{"POST", "/orders"}, route{"GET", "/orders/{}"}, route{"DELETE", "/orders/{}"}
	for name, test := range map[string]struct {
		routes    []map[string]string
		endpoints []route
		want      string
	}{
		"all":                         {[]map[string]string{{"method": "POST", "route": "/orders"}, {"method": "GET", "route": "/orders/{id}"}}, []route{place, show}, ""},
		"one missing":                 {[]map[string]string{{"method": "POST", "route": "/orders"}}, []route{place, show}, "GET /orders/{}"},
		"methods not told apart":      {[]map[string]string{{"route": "/orders/{id}"}}, []route{show, cancel}, "DELETE /orders/{}"},
		"a catch-all for one is fine": {[]map[string]string{{"route": "/{rest...}"}}, []route{place}, ""},
		"a catch-all for two is not":  {[]map[string]string{{"route": "/{rest...}"}}, []route{place, show}, "GET /orders/{}"},
		"as many handlers":            {[]map[string]string{{"handler": "place"}, {"handler": "show"}}, []route{place, show}, ""},
		"fewer handlers":              {[]map[string]string{{"handler": "app"}}, []route{place, show}, "GET /orders/{}"},
		"relative to a mount point":   {[]map[string]string{{"route": "/", "method": "POST"}, {"route": "/:id", "method": "GET"}}, []route{place, show}, ""},
		"no route":                    {[]map[string]string{{"status": "200"}}, []route{place}, "POST /orders"},
	} {
		f := evidence.Family{}
		for _, labels := range test.routes {
			f.Series = append(f.Series, evidence.Series{Labels: labels})
		}
		if got := told(untold(f, test.endpoints)); got != test.want {
			t.Errorf("%s: untold is %q, want %q", name, got, test.want)
		}
	}
}

func TestToldIsShort(t *testing.T) {
	if got := told(make([]route, 90)); !strings.HasSuffix(got, ", 84 more") {
		t.Errorf("ninety routes are told as %s", got)
	}
}

func TestEndpointsOf(t *testing.T) {
	s := &service.Service{Traffic: []service.Traffic{
		{Request: "POST /orders"}, {Request: "POST /orders?dry=1"}, {Request: "GET /orders/${uuid}"}, {Request: "GET /orders/17"}, {Request: "/v1/health"},
	}}
	if got := told(endpointsOf(s)); got != "POST /orders, GET /orders/{}, GET /{}/health" {
		t.Errorf("endpoints are %s", got)
	}
}
