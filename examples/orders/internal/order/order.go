// Package order is what the service is about: orders and how one is placed.
package order

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golive-dev/golive/kit/problem"
	"github.com/golive-dev/golive/kit/redact"
)

// Payment is how far the payment of an order is.
type Payment string

// The states of a payment. A pending one was not taken because payments could
// not be reached; it is settled later, under the order's id.
const (
	Paid    Payment = "paid"
	Pending Payment = "pending"
)

// Draft is what a customer asks for.
type Draft struct {
	Customer string             `json:"customer"` // the account's id
	Email    redact.PII[string] `json:"email"`
	Name     redact.PII[string] `json:"name"`
	Item     string             `json:"item"`
	Quantity int                `json:"quantity"`
}

// Order is an accepted draft, without what tells who the customer is.
type Order struct {
	ID       string    `json:"id"`
	Customer string    `json:"customer"`
	Item     string    `json:"item"`
	Quantity int       `json:"quantity"`
	Payment  Payment   `json:"payment"`
	PlacedAt time.Time `json:"placed_at"`
}

// ErrNotFound says that there is no such order.
var ErrNotFound = errors.New("no such order")

// ErrRejected says that the fraud check refused the draft.
var ErrRejected = errors.New("the order was refused")

// maxQuantity is what the warehouse packs at once.
const maxQuantity = 1000

// Validate returns all that is wrong with the draft. It names fields and
// never repeats their values.
func (d *Draft) Validate() error {
	var wrong []error
	text := func(field, value string) {
		switch {
		case value == "":
			wrong = append(wrong, problem.Field{Pointer: field, Detail: "is missing"})
		case !ValidText(value):
			wrong = append(wrong, problem.Field{Pointer: field, Detail: "must have at most 200 characters, and none for control"})
		}
	}
	text("/customer", d.Customer)
	text("/email", d.Email.Reveal())
	text("/name", d.Name.Reveal())
	text("/item", d.Item)
	if !d.Email.IsZero() && !strings.Contains(d.Email.Reveal(), "@") {
		wrong = append(wrong, problem.Field{Pointer: "/email", Detail: "must be a mail address"})
	}
	if d.Quantity < 1 || d.Quantity > maxQuantity {
		wrong = append(wrong, problem.Field{Pointer: "/quantity", Detail: fmt.Sprintf("must be from 1 to %d", maxQuantity)})
	}
	return errors.Join(wrong...)
}

// maxText bounds each text, in characters.
const maxText = 200

// ValidText reports whether every store takes a text: PostgreSQL has no
// character 0, and nobody's name has a line break.
func ValidText(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxText && !strings.ContainsFunc(s, unicode.IsControl)
}
