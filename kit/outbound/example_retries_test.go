package outbound_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

// A GET is tried again, a POST only with an idempotency key.
func ExampleConfig_attempts() {
	var calls atomic.Int64
	payments := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1)%2 == 1 { // every other one fails
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer payments.Close()
	client, err := outbound.New(outbound.Config{Name: "payments", Timeout: 20 * time.Second, Attempts: 2, Fallback: outbound.Fail(), Log: quiet})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	for _, key := range []string{"", "order-42"} {
		req, _ := http.NewRequest(http.MethodPost, payments.URL+"/charges", strings.NewReader("{}"))
		if key != "" {
			req.Header.Set("Idempotency-Key", key)
		}
		calls.Store(0)
		resp, err := client.Do(req)
		if failed, ok := outbound.AsError(err); ok {
			fmt.Printf("key %q: status %d, attempt %d/%d\n", key, failed.Status, failed.Attempt, failed.Attempts)
			continue
		}
		_ = resp.Body.Close()
		fmt.Printf("key %q: %d after %d attempts\n", key, resp.StatusCode, calls.Load())
	}
	// Output:
	// key "": status 503, attempt 1/1
	// key "order-42": 200 after 2 attempts
}
