package main

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHandler(t *testing.T) {
	handler := (&till{}).handler(slog.New(slog.DiscardHandler))
	for _, c := range []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"GET", "/livez", "", 200, ""},
		{"PUT", "/charges/o-1", `{"item":"tea","quantity":2}`, 201, `"quantity":2`},
		{"PUT", "/charges/o-1", `{"item":"tea","quantity":3}`, 200, `"quantity":2`},
		{"PUT", "/charges/o-2", `{"item":"tea"}`, 400, "not the JSON object of a charge"},
		{"PUT", "/charges/o-2", `tea`, 400, "not the JSON object of a charge"},
		{"POST", "/charges/o-2", `{}`, 405, ""},
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(c.method, c.path, strings.NewReader(c.body)))
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
