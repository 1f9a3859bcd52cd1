package order

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"
)

// Fraud judges drafts.
type Fraud interface {
	// Check reports whether the order may be placed.
	Check(ctx context.Context, o Order) (bool, error)
}

// Store keeps orders.
type Store interface {
	Save(ctx context.Context, o Order) error
	Find(ctx context.Context, id string) (Order, error)         // or ErrNotFound
	Latest(ctx context.Context, customer string) (Order, error) // or ErrNotFound
}

// Payments takes money.
type Payments interface {
	// Charge charges for the order, once however often it is asked.
	Charge(ctx context.Context, o Order) error
}

// Desk is where orders are placed.
type Desk struct {
	Fraud    Fraud
	Store    Store
	Payments Payments
	Log      *slog.Logger
}

// Place turns a valid draft into an order. Without the fraud check or the
// store it fails. Without payments the order is accepted and its payment
// pending. The error is [ErrRejected] when the fraud check refuses it.
//
// The order is saved before it is charged: a crash between the two leaves an
// order to settle and never money without an order.
func (d *Desk) Place(ctx context.Context, draft Draft) (Order, error) {
	o := Order{ID: newID(), Draft: draft, Payment: Pending, PlacedAt: time.Now().UTC()}
	ok, err := d.Fraud.Check(ctx, o)
	if err != nil {
		return Order{}, fmt.Errorf("checking for fraud: %w", err)
	}
	if !ok {
		return Order{}, ErrRejected
	}
	if err := d.Store.Save(ctx, o); err != nil {
		return Order{}, fmt.Errorf("saving the order: %w", err)
	}
	return d.charge(ctx, o), nil
}

// charge returns o as it stands after the attempt to charge for it. What
// fails here is settled later and does not fail the order.
func (d *Desk) charge(ctx context.Context, o Order) Order {
	if err := d.Payments.Charge(ctx, o); err != nil {
		d.Log.WarnContext(ctx, "payment.pending", "order", o.ID)
		return o
	}
	paid := o
	paid.Payment = Paid
	if err := d.Store.Save(ctx, paid); err != nil {
		d.Log.WarnContext(ctx, "payment.unrecorded", "order", o.ID)
		return o
	}
	return paid
}

// newID returns 128 random bits in hexadecimal: nobody can guess the id of
// somebody else's order.
func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails, since Go 1.24
	return hex.EncodeToString(id[:])
}
