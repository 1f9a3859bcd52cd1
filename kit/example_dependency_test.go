package kit_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/outbound"
)

type settings struct {
	PaymentsURL string `env:"PAYMENTS_URL"`
}

// A service with an upstream that it can do without: the answer without it is
// decided when the client is made.
func ExampleService_Client() {
	build := func(s *kit.Service, c settings) error {
		payments, err := s.Client(outbound.Config{
			Name:     "payments",
			Timeout:  900 * time.Millisecond, // of the whole call: attempts, waits, bodies
			Try:      400 * time.Millisecond, // of one attempt
			Attempts: 2,                      // of idempotent requests only
			Fallback: outbound.Degraded(http.StatusOK, "application/json", `{"payment":"pending"}`),
		})
		if err != nil {
			return err
		}
		s.Health.Optional("payments", outbound.Ping(payments, c.PaymentsURL+"/livez"))
		s.HandleFunc("GET /state", func(w http.ResponseWriter, r *http.Request) error {
			q, err := http.NewRequestWithContext(r.Context(), http.MethodGet, c.PaymentsURL+"/state", nil)
			if err != nil {
				return err
			}
			answer, err := payments.Do(q)
			if err != nil {
				return err // 503, and the line says which dependency, host, port, timeout and attempt
			}
			defer answer.Body.Close()
			var state struct{ Payment string }
			if err := json.NewDecoder(answer.Body).Decode(&state); err != nil {
				return err
			}
			_, err = fmt.Fprintln(w, state.Payment)
			return err
		})
		return nil
	}
	fmt.Println(tried(build, map[string]string{"PAYMENTS_URL": "http://127.0.0.1:1"}, "/state"))
	// Output: 200 pending
}
