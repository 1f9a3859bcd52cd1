// Command orders takes orders: it checks each for fraud, keeps it in a
// database and charges for it.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/examples/orders/internal/store"
	"github.com/golive-dev/golive/examples/orders/internal/upstream"
	"github.com/golive-dev/golive/examples/orders/internal/web"
	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/audit"
	"github.com/golive-dev/golive/kit/data"
	"github.com/golive-dev/golive/kit/secret"
)

// objective is the latency of the SLO in golive.yaml.
const objective = 500 * time.Millisecond

func main() { kit.MainWith(kit.Options{Name: "orders", Objective: objective}, build) }

// build connects the parts of the service. It waits for nobody: the process
// starts without its dependencies and is not ready before the critical ones
// are there.
func build(s *kit.Service, c config) error {
	orders, err := openStore(s, c)
	if err != nil {
		return err
	}
	fraud, err := upstream.NewFraud(s.Client, c.Fraud)
	if err != nil {
		return err
	}
	token, err := mounted(s, c.PaymentsToken)
	if err != nil {
		return err
	}
	payments, err := upstream.NewPayments(s.Client, c.Payments, token)
	if err != nil {
		return err
	}
	s.Health.Critical("db", orders.Ping)
	s.Health.Critical("fraud", fraud.Ping)
	s.Health.Optional("payments", payments.Ping)

	purger, err := newPurger(s, c, orders)
	if err != nil {
		return err
	}
	desk := &order.Desk{
		Fraud: fraud, Store: orders, Payments: payments,
		Charging: s.Switches.Switch("charging", "off: orders are accepted and their payment is left pending", true),
		Placed:   order.NewPlaced(s.Metrics),
		Log:      s.Log,
	}
	site := &web.Site{Desk: desk, Orders: orders, Keys: orders.Keys, Purger: purger}
	site.Register(s.Mux)
	return addRounds(s, desk, orders, c.Keep)
}

// openStore opens the database that the configuration names.
func openStore(s *kit.Service, c config) (*store.Store, error) {
	var orders *store.Store
	var err error
	if c.Database == nil {
		orders, err = store.OpenSQLite(c.SQLiteFile, s.Log, s.Metrics)
	} else {
		orders, err = openPostgres(s, c)
	}
	if err != nil {
		return nil, err
	}
	s.OnStop("db", orders.Close)
	s.Before("migrations", orders.Migrate)
	return orders, nil
}

// newPurger removes accounts, and tells so in the audit log.
func newPurger(s *kit.Service, c config, orders *store.Store) (*data.Purger, error) {
	log, err := audit.Open(c.AuditFile, audit.Options{Service: s.Name, Sync: true})
	if err != nil {
		return nil, fmt.Errorf("AUDIT_FILE: %w", err)
	}
	s.OnStop("audit log", func(context.Context) error {
		s.Log.Info("audit.closed", "head", log.Head())
		return log.Close()
	})
	purger := data.NewPurger(data.PurgerOptions{Log: s.Log, Audit: log, Actor: "gateway"})
	orders.Register(purger)
	return purger, nil
}

// mounted follows a secret in a file; there is none without the file's name.
func mounted(s *kit.Service, file string) (*secret.Value, error) {
	if file == "" {
		return nil, nil
	}
	return s.Secret(file)
}
