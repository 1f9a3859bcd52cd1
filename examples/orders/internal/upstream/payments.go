package upstream

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"

	"github.com/golive-dev/golive/examples/orders/internal/dependency"
	"github.com/golive-dev/golive/examples/orders/internal/order"
)

// Payments is the service that takes money.
type Payments struct {
	client    client
	tokenFile string
}

// NewPayments returns the payments service at base. The file tokenFile holds
// the bearer token; it is read at each call, so that a rotated one is used at
// once. With "" no token is sent.
func NewPayments(base *url.URL, tokenFile string, d *dependency.Dependency) *Payments {
	return &Payments{newClient(base, d), tokenFile}
}

// Charge charges for the order. The charge is put under the order's id, so
// payments takes the money once, however often it is asked.
func (p *Payments) Charge(ctx context.Context, o order.Order) error {
	charge := map[string]any{"item": o.Item, "quantity": o.Quantity}
	return p.client.dependency.Call(ctx, "charge", func(ctx context.Context) error {
		header, err := p.authorization()
		if err != nil {
			return err
		}
		return p.client.exchange(ctx, http.MethodPut, "/charges/"+o.ID, header, charge, nil)
	})
}

func (p *Payments) authorization() (http.Header, error) {
	header := http.Header{}
	if p.tokenFile == "" {
		return header, nil
	}
	token, err := os.ReadFile(p.tokenFile)
	if err != nil {
		return nil, errors.New("the file named by PAYMENTS_TOKEN_FILE cannot be read")
	}
	header.Set("Authorization", "Bearer "+string(bytes.TrimSpace(token)))
	return header, nil
}
