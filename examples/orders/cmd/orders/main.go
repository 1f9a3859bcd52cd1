// Command orders takes orders: it checks each for fraud, keeps it in a store
// and charges for it.
package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/golive-dev/golive/examples/orders/internal/config"
	"github.com/golive-dev/golive/examples/orders/internal/dependency"
	"github.com/golive-dev/golive/examples/orders/internal/logging"
	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/examples/orders/internal/ready"
	"github.com/golive-dev/golive/examples/orders/internal/store"
	"github.com/golive-dev/golive/examples/orders/internal/upstream"
	"github.com/golive-dev/golive/examples/orders/internal/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.LookupEnv, os.Stdout))
}

// run is the whole life of the process. It returns the exit code.
func run(ctx context.Context, lookup func(string) (string, bool), out io.Writer) int {
	log := logging.New(out, "orders")
	c, err := config.Load(lookup)
	if err != nil {
		log.Error("config.invalid", "error", strings.ReplaceAll(err.Error(), "\n", "; "))
		return 1
	}
	listener, err := net.Listen("tcp", ":"+c.Port)
	if err != nil {
		log.Error("server.failed", "error", err.Error())
		return 1
	}
	err = newSite(c, log).Serve(ctx, listener, web.Stop{Drain: c.DrainDelay, Grace: c.GracePeriod})
	if err != nil {
		log.Error("server.failed", "error", err.Error())
		return 1
	}
	return 0
}

// newSite wires the service. It calls nothing yet, so the process starts
// without its dependencies and waits, unready, for those that are critical.
// The budgets are those that golive.yaml declares.
func newSite(c config.Config, log *slog.Logger) *web.Site {
	registry := prometheus.NewRegistry()
	calls := dependency.Durations()
	registry.MustRegister(calls)
	call := func(name string, to *url.URL, timeout time.Duration, attempts int) *dependency.Dependency {
		return &dependency.Dependency{Name: name, Address: to.Host, Timeout: timeout, Attempts: attempts, Log: log, Calls: calls}
	}
	orders := store.New(c.Store, call("store", c.Store, 500*time.Millisecond, 1))
	fraud := upstream.NewFraud(c.Fraud, call("fraud", c.Fraud, 500*time.Millisecond, 2))
	payments := upstream.NewPayments(c.Payments, c.TokenFile, call("payments", c.Payments, 800*time.Millisecond, 1))
	registry.MustRegister(connections{orders})
	return &web.Site{
		Desk:    &order.Desk{Fraud: fraud, Store: orders, Payments: payments, Log: log},
		Gate:    ready.NewGate(log, ready.Check{Name: "store", Run: orders.Ping}, ready.Check{Name: "fraud", Run: fraud.Ping}),
		Log:     log,
		Metrics: web.NewMetrics(registry),
		Scrape:  promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}
}
