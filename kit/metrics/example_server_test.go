package metrics_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/kit/metrics"
)

func ExampleNewServer() {
	registry := prometheus.NewRegistry() // metrics.NewRegistry, but for the length of this output
	server, err := metrics.NewServer(registry, metrics.ServerOptions{
		Threshold: 300 * time.Millisecond,
		Buckets:   []float64{.1, 1},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	route := server.Route("GET", "/orders/{id}")
	route.Observe(200, 40*time.Millisecond, "")
	route.Observe(200, 250*time.Millisecond, "")

	w := httptest.NewRecorder()
	metrics.Handler(registry).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, `status="2xx"`) {
			fmt.Print(line)
		}
	}
	// Output:
	// http_server_request_duration_seconds_bucket{method="GET",route="/orders/{id}",status="2xx",le="0.1"} 1
	// http_server_request_duration_seconds_bucket{method="GET",route="/orders/{id}",status="2xx",le="0.3"} 2
	// http_server_request_duration_seconds_bucket{method="GET",route="/orders/{id}",status="2xx",le="1"} 2
	// http_server_request_duration_seconds_bucket{method="GET",route="/orders/{id}",status="2xx",le="+Inf"} 2
	// http_server_request_duration_seconds_sum{method="GET",route="/orders/{id}",status="2xx"} 0.29
	// http_server_request_duration_seconds_count{method="GET",route="/orders/{id}",status="2xx"} 2
}
