package inbound_test

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/shed"
)

// Limits are said where a route is registered.
func ExampleMux_Handle() {
	mux, err := inbound.New(inbound.Options{
		Log:     log.New(io.Discard, log.Options{Service: "orders"}),
		Limiter: shed.New(shed.Options{Limit: 200}),
		Timeout: 2 * time.Second,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ok := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "done") }

	mux.HandleFunc("POST /payments", ok, inbound.Priority(shed.Critical))
	mux.HandleFunc("GET /suggestions", ok, inbound.Priority(shed.Sheddable), inbound.Timeout(200*time.Millisecond))
	mux.HandleFunc("POST /images", ok, inbound.MaxBody(8<<20), inbound.Timeout(time.Minute))
	mux.HandleFunc("GET /events", ok, inbound.Timeout(0)) // streams
	mux.HandleFunc("POST /logins", ok, inbound.RateLimit(1, 2, nil))

	for range 3 {
		show(mux, "POST", "/logins", "")
	}
	// Output:
	// 200 done
	// 200 done
	// 429 {"title":"Too Many Requests","status":429,"detail":"too many requests from this caller"
}
