package inbound_test

import (
	"fmt"
	"io"
	"net/http"

	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/switches"
)

// A costly function is turned off while the service runs, and nothing else is.
func ExampleSwitch() {
	set := switches.New(switches.Options{Log: log.New(io.Discard, log.Options{})})
	reports := set.Switch("reports", "monthly reports", true)

	mux := quietMux()
	mux.HandleFunc("GET /reports", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "all of it") }, inbound.Switch(reports))

	show(mux, "GET", "/reports", "")
	if err := set.Set("reports", false, "on-call"); err != nil {
		fmt.Println(err)
	}
	show(mux, "GET", "/reports", "")
	// Output:
	// 200 all of it
	// 503 {"title":"Service Unavailable","status":503,"detail":"this function is switched off at the moment"
}
