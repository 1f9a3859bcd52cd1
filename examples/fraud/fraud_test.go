package main

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHandler(t *testing.T) {
	for _, c := range []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"GET", "/livez", "", 200, ""},
		{"PUT", "/checks/o-1", `{"item":"tea","quantity":2}`, 200, `{"accept":true}`},
		{"PUT", "/checks/o-2", `{"item":"tea","quantity":500}`, 200, `{"accept":false}`},
		{"PUT", "/checks/o-3", `tea`, 400, "the body is not the JSON object of a check"},
		{"GET", "/checks", "", 404, "404 page not found"},
	} {
		w := httptest.NewRecorder()
		handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest(c.method, c.path, strings.NewReader(c.body)))
		if w.Code != c.status || strings.TrimSpace(w.Body.String()) != c.answer {
			t.Errorf("%s %s %s answered %d %s; want %d %s", c.method, c.path, c.body, w.Code, w.Body, c.status, c.answer)
		}
	}
}
