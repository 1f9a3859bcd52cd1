// Package web is the service's face: its routes and their answers.
package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/kit/data"
	"github.com/golive-dev/golive/kit/idempotency"
	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/problem"
)

// Reader finds orders; [order.ErrNotFound] is there being none.
type Reader interface {
	Find(ctx context.Context, id string) (order.Order, error)
	Latest(ctx context.Context, customer string) (order.Order, error)
}

// Site is all that the service serves.
type Site struct {
	Desk   *order.Desk
	Orders Reader
	Keys   idempotency.Store
	Purger *data.Purger
}

// placing is how long an order may take: both attempts at fraud, payments,
// and four calls of the store, each at its limit.
const placing = 4 * time.Second

// Register adds the routes to mux.
func (s *Site) Register(mux *inbound.Mux) {
	once := idempotency.New(s.Keys, idempotency.Options{Lease: 2 * placing, Log: s.Desk.Log})
	mux.Handle("POST /orders", once(inbound.Func(s.place)), inbound.Timeout(placing), inbound.MaxBody(64<<10))
	mux.HandleErr("GET /orders/{id}", s.find)
	mux.HandleErr("GET /customers/{id}/latest-order", s.latest)
	mux.HandleErr("DELETE /customers/{id}", s.forget)
}

// placed is the answer to a new order. It is kept for repetitions of the
// request, so it holds nothing that a purge would have to find.
type placed struct {
	ID       string        `json:"id"`
	Payment  order.Payment `json:"payment"`
	PlacedAt time.Time     `json:"placed_at"`
}

func (s *Site) place(w http.ResponseWriter, r *http.Request) error {
	draft, err := inbound.Decode[order.Draft](w, r)
	if err != nil {
		return err
	}
	o, err := s.Desk.Place(r.Context(), draft)
	switch {
	case errors.Is(err, order.ErrRejected):
		return problem.New(http.StatusUnprocessableEntity, "the order was refused")
	case err != nil:
		return unavailable("orders cannot be placed now", err)
	}
	w.Header().Set("Location", "/orders/"+o.ID)
	return answer(w, http.StatusCreated, placed{o.ID, o.Payment, o.PlacedAt})
}

func (s *Site) find(w http.ResponseWriter, r *http.Request) error {
	o, err := s.Orders.Find(r.Context(), id(r))
	switch {
	case errors.Is(err, order.ErrNotFound):
		return problem.New(http.StatusNotFound, "there is no such order")
	case err != nil:
		return unavailable("orders cannot be read now", err)
	}
	return answer(w, http.StatusOK, o)
}

// latest answers null for a customer without an order: there may be one soon.
func (s *Site) latest(w http.ResponseWriter, r *http.Request) error {
	o, err := s.Orders.Latest(r.Context(), id(r))
	switch {
	case errors.Is(err, order.ErrNotFound):
		return answer(w, http.StatusOK, map[string]any{"order": nil})
	case err != nil:
		return unavailable("orders cannot be read now", err)
	}
	return answer(w, http.StatusOK, map[string]any{"order": o})
}

// forget removes an account from every store, and answers with the receipt.
func (s *Site) forget(w http.ResponseWriter, r *http.Request) error {
	receipt, err := s.Purger.Purge(r.Context(), id(r))
	if err != nil {
		return unavailable("the account could not be removed everywhere; repeat the request", err)
	}
	return answer(w, http.StatusOK, receipt)
}

// id is the one in the path. None is stored that is no valid text, so
// any other stands for it.
func id(r *http.Request) string {
	if id := r.PathValue("id"); order.ValidText(id) {
		return id
	}
	return "-"
}

// unavailable is the answer when something is missing that a request needs;
// why is for the log.
func unavailable(what string, why error) error {
	p := problem.New(http.StatusServiceUnavailable, what)
	p.RetryAfter = time.Second
	return p.Because(why)
}

func answer(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}
