package outbound_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

// quiet keeps the examples' output to what they print. A service gives its own logger.
var quiet = slog.New(slog.DiscardHandler)

// The smallest client: a name, a timeout, and a decision.
func ExampleNew() {
	payments := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"state":"paid"}`)
	}))
	defer payments.Close()

	client, err := outbound.New(outbound.Config{Name: "payments", Timeout: 5 * time.Second, Fallback: outbound.Fail(), Log: quiet})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	resp, err := client.Get(payments.URL + "/charges/42")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	content, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(content))
	// Output: 200 {"state":"paid"}
}

// What has not been decided is an error.
func ExampleNew_undecided() {
	_, err := outbound.New(outbound.Config{Name: "payments"})
	fmt.Println(err)
	// Output:
	// outbound: client of "payments": Timeout is missing: set how long a call may take, from the dependency's p99
	// Fallback is missing: decide for outbound.Fail, Stale, Degraded or Func
}
