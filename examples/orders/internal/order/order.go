// Package order is what the service is about: orders and how one is placed.
package order

import (
	"errors"
	"time"
	"unicode/utf8"
)

// Payment is how far the payment of an order is.
type Payment string

// The states of a payment. A pending one was not taken because payments
// could not be reached; it is settled later, under the order's id.
const (
	Paid    Payment = "paid"
	Pending Payment = "pending"
)

// Draft is what a customer asks for.
type Draft struct {
	Customer string `json:"customer"`
	Email    string `json:"email,omitempty"`
	Item     string `json:"item"`
	Quantity int    `json:"quantity"`
}

// Order is an accepted draft.
type Order struct {
	ID string `json:"id"`
	Draft
	Payment  Payment   `json:"payment"`
	PlacedAt time.Time `json:"placed_at"`
}

// ErrNotFound says that there is no such order.
var ErrNotFound = errors.New("no such order")

// ErrRejected says that the fraud check refused the draft.
var ErrRejected = errors.New("the order was refused")

// maxText bounds each text of a draft, in characters.
const maxText = 200

// Validate returns all that is wrong with the draft. It names fields and
// never repeats their values.
func (d Draft) Validate() error {
	var wrong []error
	text := func(field, value string, required bool) {
		switch {
		case required && value == "":
			wrong = append(wrong, errors.New(field+" is missing"))
		case utf8.RuneCountInString(value) > maxText:
			wrong = append(wrong, errors.New(field+" is longer than 200 characters"))
		}
	}
	text("customer", d.Customer, true)
	text("email", d.Email, false)
	text("item", d.Item, true)
	if d.Quantity < 1 || d.Quantity > 1000 {
		wrong = append(wrong, errors.New("quantity is not between 1 and 1000"))
	}
	return errors.Join(wrong...)
}
