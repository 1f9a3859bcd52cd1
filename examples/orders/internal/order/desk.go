package order

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/kit/switches"
)

// Fraud judges orders.
type Fraud interface {
	// Check reports whether the order may be placed.
	Check(ctx context.Context, o Order) (bool, error)
}

// Store keeps orders. What its methods do may be done twice.
type Store interface {
	// Save keeps an order and how its customer can be reached.
	Save(ctx context.Context, o Order, d Draft) error
	// Settle notes that the order is paid.
	Settle(ctx context.Context, id string) error
	// Pending returns the oldest orders before a time that are not paid.
	Pending(ctx context.Context, before time.Time, limit int) ([]Order, error)
}

// Payments takes money.
type Payments interface {
	// Charge charges for the order, once however often it is asked, and
	// returns how far the payment is.
	Charge(ctx context.Context, o Order) (Payment, error)
}

// Desk is where orders are placed.
type Desk struct {
	Fraud    Fraud
	Store    Store
	Payments Payments
	Charging *switches.Switch // off: nobody is charged, payments are pending
	Placed   *prometheus.CounterVec
	Log      *slog.Logger
}

// NewPlaced returns the counter of placed orders: what the business watches.
func NewPlaced(r prometheus.Registerer) *prometheus.CounterVec {
	placed := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "orders_placed_total", Help: "Orders placed, by how far their payment was at that time.",
	}, []string{"payment"})
	r.MustRegister(placed)
	for _, p := range []Payment{Paid, Pending} {
		placed.WithLabelValues(string(p)) // a rise from nothing to 1 is none to rate()
	}
	return placed
}

// Place turns a valid draft into an order. Without the fraud check or the
// store it fails. Without payments the order is accepted and its payment
// pending. The error is [ErrRejected] when the fraud check refuses it.
//
// The order is saved before it is charged: a crash between the two leaves an
// order to settle and never money without an order.
func (d *Desk) Place(ctx context.Context, draft Draft) (Order, error) {
	o := Order{
		ID: newID(), Customer: draft.Customer, Item: draft.Item, Quantity: draft.Quantity,
		Payment: Pending, PlacedAt: time.Now().UTC().Truncate(time.Microsecond),
	}
	ok, err := d.Fraud.Check(ctx, o)
	if err != nil {
		return Order{}, fmt.Errorf("checking for fraud: %w", err)
	}
	if !ok {
		return Order{}, ErrRejected
	}
	if err := d.Store.Save(ctx, o, draft); err != nil {
		return Order{}, fmt.Errorf("saving the order: %w", err)
	}
	o.Payment = d.charge(ctx, o)
	d.Placed.WithLabelValues(string(o.Payment)).Inc()
	d.Log.InfoContext(ctx, "order.placed", "order", o.ID, "payment", o.Payment)
	return o, nil
}

// charge returns how far the payment of a saved order is. What fails here is
// settled later and does not fail the order.
func (d *Desk) charge(ctx context.Context, o Order) Payment {
	if !d.Charging.On() {
		return Pending
	}
	payment, err := d.Payments.Charge(ctx, o)
	if err == nil && payment == Paid {
		err = d.Store.Settle(ctx, o.ID)
	}
	if err != nil {
		d.Log.WarnContext(ctx, "payment.unsettled", "order", o.ID, "error", err)
		return Pending
	}
	return payment
}

// settleAfter is when nobody is about to charge for an order any more, and
// settleAtOnce how many are tried in one round.
const (
	settleAfter  = time.Minute
	settleAtOnce = 100
)

// SettlePending charges for orders whose payment was left pending. An outage
// of payments makes it quick: the client's breaker opens.
func (d *Desk) SettlePending(ctx context.Context) error {
	if !d.Charging.On() {
		return nil
	}
	orders, err := d.Store.Pending(ctx, time.Now().Add(-settleAfter), settleAtOnce)
	if err != nil || len(orders) == 0 {
		return err
	}
	settled := 0
	for _, o := range orders {
		if d.charge(ctx, o) == Paid {
			settled++
		}
	}
	d.Log.InfoContext(ctx, "payments.settled", "settled", settled, "of", len(orders))
	return nil
}

// newID returns 128 random bits in hexadecimal: nobody can guess the id of
// somebody else's order.
func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails, since Go 1.24
	return hex.EncodeToString(id[:])
}
