package idempotency_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/golive-dev/golive/kit/idempotency"
)

// A caller that got no answer sends its order again; it is placed once.
func ExampleNew() {
	placed := 0
	place := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		placed++
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "order %d", placed)
	})
	once := idempotency.New(idempotency.NewMemory(0), idempotency.Options{Required: true})
	orders := once(place)

	send := func(key, body string) {
		r := httptest.NewRequest("POST", "/orders", strings.NewReader(body))
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		w := httptest.NewRecorder()
		orders.ServeHTTP(w, r)
		if w.Code != http.StatusCreated {
			fmt.Println(w.Code)
			return
		}
		fmt.Printf("%d %s, replayed: %q\n", w.Code, w.Body, w.Header().Get("Idempotency-Replayed"))
	}
	send("8e03978e", `{"sku":"tea"}`)
	send("8e03978e", `{"sku":"tea"}`)
	send("8e03978e", `{"sku":"coffee"}`)
	send("", `{"sku":"tea"}`)
	// Output:
	// 201 order 1, replayed: ""
	// 201 order 1, replayed: "true"
	// 422
	// 400
}
