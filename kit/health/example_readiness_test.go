package health_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/golive-dev/golive/kit/health"
)

// Readiness follows the database, which is critical, and not the mail server,
// which the service can do without.
func Example_readiness() {
	monitor := health.New(health.Options{Log: slog.New(slog.DiscardHandler)})
	monitor.Critical("db", func(context.Context) error { return nil }) // such as pool.Ping
	monitor.Optional("mail", func(context.Context) error { return errors.New("connection refused") })

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	monitor.Start(ctx)
	defer monitor.Close()

	ask := func() int {
		w := httptest.NewRecorder()
		monitor.ReadyHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		return w.Code
	}
	fmt.Println("starting:", ask())
	if err := monitor.Wait(ctx); err != nil {
		fmt.Println(err)
	}
	monitor.SetStarted()
	fmt.Println("started: ", ask())
	monitor.SetDraining()
	fmt.Println("draining:", ask())
	// Output:
	// starting: 503
	// started:  200
	// draining: 503
}
