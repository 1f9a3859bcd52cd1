package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/golive-dev/golive/examples/orders/internal/dependency"
	"github.com/golive-dev/golive/examples/orders/internal/order"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 64 << 10

// place answers POST /orders.
func (s *Site) place(r *http.Request) answer {
	var draft order.Draft
	if refused := decode(r, &draft); refused != nil {
		return *refused
	}
	if err := draft.Validate(); err != nil {
		return fail(http.StatusUnprocessableEntity, err.Error())
	}
	o, err := s.Desk.Place(r.Context(), draft)
	if err != nil {
		return s.failed(r, err)
	}
	return answer{http.StatusCreated, o}
}

// find answers GET /orders/{id}.
func (s *Site) find(r *http.Request) answer {
	o, err := s.Desk.Store.Find(r.Context(), r.PathValue("id"))
	if err != nil {
		return s.failed(r, err)
	}
	return answer{http.StatusOK, o}
}

// latest answers GET /customers/{id}/latest-order. Somebody who has not
// ordered yet is no error: the order is null.
func (s *Site) latest(r *http.Request) answer {
	o, err := s.Desk.Store.Latest(r.Context(), r.PathValue("id"))
	if errors.Is(err, order.ErrNotFound) {
		return answer{http.StatusOK, map[string]any{"order": nil}}
	}
	if err != nil {
		return s.failed(r, err)
	}
	return answer{http.StatusOK, map[string]any{"order": o}}
}

func unknown(*http.Request) answer { return fail(http.StatusNotFound, "there is nothing here") }

// decode reads the body into v. It ignores keys that it does not know, so
// that clients may be newer than the service.
func decode(r *http.Request, v any) (refused *answer) {
	err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody)).Decode(v)
	if err == nil {
		return nil
	}
	a := fail(http.StatusBadRequest, "the body is not the JSON object of an order")
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		a = fail(http.StatusRequestEntityTooLarge, "the body is larger than 64 KiB")
	}
	return &a
}

// failed turns an error into the answer that is promised for it.
func (s *Site) failed(r *http.Request, err error) answer {
	var down *dependency.Error
	switch {
	case errors.Is(err, order.ErrNotFound):
		return fail(http.StatusNotFound, err.Error())
	case errors.Is(err, order.ErrRejected):
		return fail(http.StatusUnprocessableEntity, err.Error())
	case errors.As(err, &down):
		return fail(http.StatusServiceUnavailable, down.Dependency+" is unavailable; try again later")
	}
	s.Log.ErrorContext(r.Context(), "request.failed", "error", err.Error())
	return fail(http.StatusInternalServerError, "internal error")
}
