package problem_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/golive-dev/golive/kit/problem"
)

func ExampleWrite() {
	busy := problem.New(503, "too many orders are being placed").Because(errors.New("queue of 256 is full"))
	busy.RetryAfter = 1500 * time.Millisecond

	w := httptest.NewRecorder()
	problem.Write(w, httptest.NewRequest("POST", "/orders", nil), fmt.Errorf("place order: %w", busy))

	fmt.Println(w.Code, w.Header().Get("Content-Type"), "Retry-After:", w.Header().Get("Retry-After"))
	fmt.Print(w.Body)
	fmt.Println("log:", busy)
	// Output:
	// 503 application/problem+json Retry-After: 2
	// {"title":"Service Unavailable","status":503,"detail":"too many orders are being placed"}
	// log: 503 Service Unavailable: too many orders are being placed: queue of 256 is full
}
