package inbound_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/problem"
)

// quietMux is a Mux whose lines go nowhere, for outputs that are the same each time.
func quietMux() *inbound.Mux {
	mux, err := inbound.New(inbound.Options{Log: log.New(io.Discard, log.Options{Service: "orders"})})
	if err != nil {
		panic(err)
	}
	return mux
}

// show asks h and prints the answer, but for the trace's id.
func show(h http.Handler, method, target, body string) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	text, _, _ := strings.Cut(w.Body.String(), `,"trace_id"`)
	fmt.Println(w.Code, strings.TrimSpace(text))
}

// An error of a handler becomes the answer: a problem as it is, any other as a 500
// whose text only the log has.
func ExampleMux_HandleErr() {
	mux := quietMux()
	mux.HandleErr("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) error {
		switch r.PathValue("id") {
		case "7":
			_, err := io.WriteString(w, `{"id":7}`)
			return err
		case "8":
			return errors.New("db (10.0.0.3:5432): no answer within 500ms")
		}
		return problem.New(http.StatusNotFound, "there is no such order")
	})
	show(mux, "GET", "/orders/7", "")
	show(mux, "GET", "/orders/8", "")
	show(mux, "GET", "/orders/9", "")
	// Output:
	// 200 {"id":7}
	// 500 {"title":"Internal Server Error","status":500
	// 404 {"title":"Not Found","status":404,"detail":"there is no such order"
}
