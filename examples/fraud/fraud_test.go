package main

import (
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
		{"PUT", "/checks/o-1", `{"item":"tea","quantity":2}`, 200, `{"accept":true}`},
		{"PUT", "/checks/o-2", `{"item":"tea","quantity":500}`, 200, `{"accept":false}`},
		{"PUT", "/checks/o-3", `tea`, 400, `"status":400`},
		{"GET", "/checks", "", 404, `"status":404`},
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
