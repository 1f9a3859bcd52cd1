package main

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/inbound"
)

func TestAnswers(t *testing.T) {
	mux, err := inbound.New(inbound.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := build(&kit.Service{Mux: mux}, struct{}{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"GET", "/ping", "", 204, ""},
		{"PUT", "/charges/o-1", `{"item":"tea","quantity":2}`, 201, `"quantity":2,"state":"paid"`},
		{"PUT", "/charges/o-1", `{"item":"tea","quantity":3}`, 200, `"quantity":2,"state":"paid"`},
		{"PUT", "/charges/o-2", `{"item":"tea"}`, 422, `"pointer":"/quantity"`},
		{"PUT", "/charges/o-2", `tea`, 400, `"status":400`},
		{"POST", "/charges/o-2", `{}`, 405, ""},
	} {
		r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.answer) {
			t.Errorf("%s %s %s answered %d %s; want %d %s", c.method, c.path, c.body, w.Code, w.Body, c.status, c.answer)
		}
	}
}

func TestTheTillIsBounded(t *testing.T) {
	var till till
	for n := range remembered + 10 {
		till.take(charge{ID: fmt.Sprint(n)})
	}
	if len(till.taken) != remembered || len(till.order) != remembered {
		t.Errorf("%d charges are remembered, %d in order", len(till.taken), len(till.order))
	}
	if _, first := till.take(charge{ID: fmt.Sprint(remembered)}); first {
		t.Error("a charge that is remembered was taken again")
	}
}
