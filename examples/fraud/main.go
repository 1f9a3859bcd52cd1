// Command fraud judges orders: PUT /checks/{id} answers whether an order may
// be placed. It is an upstream of examples/orders.
package main

import (
	"encoding/json"
	"net/http"

	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/inbound"
)

// suspicious is the quantity from which an order is refused.
const suspicious = 500

func main() { kit.Main("fraud", build) }

func build(s *kit.Service, _ struct{}) error {
	s.HandleFunc("PUT /checks/{id}", judge)
	s.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}, inbound.Quiet())
	return nil
}

// check is what is known of an order.
type check struct {
	Item     string `json:"item"`
	Quantity int    `json:"quantity"`
}

func judge(w http.ResponseWriter, r *http.Request) error {
	c, err := inbound.Decode[check](w, r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]bool{"accept": c.Quantity < suspicious})
}
