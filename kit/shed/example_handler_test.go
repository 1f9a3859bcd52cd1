package shed_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/golive-dev/golive/kit/shed"
)

// A handler behind a limit answers at once when there is no room.
func ExampleLimiter_Handler() {
	limiter := shed.New(shed.Options{Limit: 1, Log: slog.New(slog.DiscardHandler)})
	orders := limiter.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "ordered")
	}), nil)

	other, _ := limiter.Acquire(context.Background(), shed.Normal) // somebody is being served
	w := httptest.NewRecorder()
	orders.ServeHTTP(w, httptest.NewRequest("POST", "/orders", nil))
	fmt.Println(w.Code, "Retry-After:", w.Header().Get("Retry-After"))

	other.Release(true)
	w = httptest.NewRecorder()
	orders.ServeHTTP(w, httptest.NewRequest("POST", "/orders", nil))
	fmt.Println(w.Code, w.Body)
	// Output:
	// 503 Retry-After: 1
	// 200 ordered
}
