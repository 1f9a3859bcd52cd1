package upstream

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/kit/outbound"
	"github.com/golive-dev/golive/kit/secret"
)

// Payments charges for orders by PUT /charges/{id}: once for each id, however
// often it is asked.
type Payments struct {
	base   *url.URL
	client *http.Client
	token  *secret.Value // nil: none is needed
	Ping   func(context.Context) error
}

// NewPayments returns the client of payments at base. Without payments an
// order is accepted, and charged for later.
func NewPayments(clients Clients, base *url.URL, token *secret.Value) (*Payments, error) {
	client, err := clients(outbound.Config{
		Name:     "payments",
		Timeout:  800 * time.Millisecond,
		Fallback: outbound.Degraded(http.StatusAccepted, "application/json", `{"state":"pending"}`),
	})
	if err != nil {
		return nil, err
	}
	up := ping(client, base)
	return &Payments{base, client, token, up}, nil
}

// Charge implements [order.Payments].
func (p *Payments) Charge(ctx context.Context, o order.Order) (order.Payment, error) {
	header := http.Header{}
	if p.token != nil {
		header.Set("Authorization", "Bearer "+p.token.Get().Reveal())
	}
	var answer struct {
		State order.Payment `json:"state"`
	}
	err := put(ctx, p.client, p.base.JoinPath("charges", o.ID), header, goods{o.Item, o.Quantity}, &answer)
	return answer.State, err
}
