package outbound_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/kit/health"
	"github.com/golive-dev/golive/kit/outbound"
)

// Callers are spared the outage by the fallback; readiness must see it all the same.
func ExamplePing() {
	var down atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	payments, err := outbound.New(outbound.Config{
		Name: "payments", Timeout: 5 * time.Second, Log: quiet,
		Fallback: outbound.Degraded(http.StatusOK, "application/json", `{"state":"pending"}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer payments.CloseIdleConnections()

	ping := outbound.Ping(payments, server.URL+"/healthz")
	health.New(health.Options{Log: quiet}).Critical("payments", ping)
	fmt.Println("up:", ping(context.Background()) == nil)

	down.Store(true)
	resp, err := payments.Get(server.URL + "/charges/42")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	content, _ := io.ReadAll(resp.Body)
	fmt.Println("a call gets", string(content))
	fmt.Println("up:", ping(context.Background()) == nil)
	// Output:
	// up: true
	// a call gets {"state":"pending"}
	// up: false
}
