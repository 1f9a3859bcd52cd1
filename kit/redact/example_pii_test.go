package redact_test

import (
	"encoding/json"
	"log/slog"
	"os"

	"github.com/golive-dev/golive/kit/redact"
)

// Personal data comes in with a request's body and does not go out with a log
// line, however deep within a value it lies.
func ExamplePII() {
	var order struct {
		ID       string
		Customer struct {
			Email redact.PII[string]
		}
	}
	body := `{"ID":"o-1","Customer":{"Email":"ada@example.org"}}`
	if err := json.Unmarshal([]byte(body), &order); err != nil {
		panic(err)
	}

	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	log.Info("order.placed", "order", order)
	// Output:
	// {"level":"INFO","msg":"order.placed","order":{"ID":"o-1","Customer":{"Email":"[personal data]"}}}
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
