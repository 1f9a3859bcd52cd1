package log

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"testing/slogtest"
)

// TestHandlerConforms runs the standard library's suite. It knows the fields
// by other names than ours, so that the result's are turned back.
func TestHandlerConforms(t *testing.T) {
	var out bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return NewHandler(&out, Options{Service: "orders"})
	}, func(t *testing.T) map[string]any {
		var line map[string]any
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatalf("%v in %s", err, &out)
		}
		for ours, theirs := range map[string]string{"timestamp": slog.TimeKey, "event": slog.MessageKey} {
			if v, ok := line[ours]; ok {
				line[theirs] = v
			}
		}
		return line
	})
}
