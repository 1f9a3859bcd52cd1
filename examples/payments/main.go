// Command payments takes money: PUT /charges/{id} charges once for each id,
// however often it is asked. It is an upstream of examples/orders.
package main

import (
	"encoding/json"
	"net/http"

	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/inbound"
)

func main() { kit.Main("payments", build) }

func build(s *kit.Service, _ struct{}) error {
	s.HandleFunc("PUT /charges/{id}", new(till).charge)
	s.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}, inbound.Quiet())
	return nil
}

// charge answers 201 for the first charge of an id, and 200 with that one
// for each later.
func (t *till) charge(w http.ResponseWriter, r *http.Request) error {
	c, err := inbound.Decode[charge](w, r)
	if err != nil {
		return err
	}
	c.ID = r.PathValue("id")
	c, first := t.take(c)
	w.Header().Set("Content-Type", "application/json")
	if first {
		w.WriteHeader(http.StatusCreated)
	}
	return json.NewEncoder(w).Encode(c)
}
