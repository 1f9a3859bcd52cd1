package upstream

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/kit/outbound"
)

// Fraud judges orders by PUT /checks/{id}: under the order's id a second
// attempt is harmless.
type Fraud struct {
	base   *url.URL
	client *http.Client
	Ping   func(context.Context) error
}

// NewFraud returns the client of the fraud check at base.
func NewFraud(clients Clients, base *url.URL) (*Fraud, error) {
	client, err := clients(outbound.Config{
		Name:     "fraud",
		Timeout:  time.Second,
		Attempts: 2,
		Try:      500 * time.Millisecond,
		Fallback: outbound.Fail(), // an order that nobody judged is not accepted
	})
	if err != nil {
		return nil, err
	}
	up := ping(client, base)
	return &Fraud{base, client, up}, nil
}

// Check implements [order.Fraud].
func (f *Fraud) Check(ctx context.Context, o order.Order) (bool, error) {
	var answer struct {
		Accept bool `json:"accept"`
	}
	err := put(ctx, f.client, f.base.JoinPath("checks", o.ID), http.Header{}, goods{o.Item, o.Quantity}, &answer)
	return answer.Accept, err
}

// goods are all that upstreams get to know of an order.
type goods struct {
	Item     string `json:"item"`
	Quantity int    `json:"quantity"`
}
