package upstream

import (
	"context"
	"net/http"
	"net/url"

	"github.com/golive-dev/golive/examples/orders/internal/dependency"
	"github.com/golive-dev/golive/examples/orders/internal/order"
)

// Fraud is the service that judges orders.
type Fraud struct{ client client }

// NewFraud returns the fraud service at base.
func NewFraud(base *url.URL, d *dependency.Dependency) *Fraud {
	return &Fraud{newClient(base, d)}
}

// Check reports whether the order may be placed. The check is put under the
// order's id, so repeating it is harmless.
func (f *Fraud) Check(ctx context.Context, o order.Order) (bool, error) {
	var verdict struct {
		Accept bool `json:"accept"`
	}
	question := map[string]any{"item": o.Item, "quantity": o.Quantity}
	err := f.client.dependency.Call(ctx, "check", func(ctx context.Context) error {
		return f.client.exchange(ctx, http.MethodPut, "/checks/"+o.ID, nil, question, &verdict)
	})
	return verdict.Accept, err
}

// Ping returns an error when the service does not answer in time.
func (f *Fraud) Ping(ctx context.Context) error { return f.client.ping(ctx) }
