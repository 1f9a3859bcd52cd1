package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	"github.com/golive-dev/golive/kit/log"
)

const (
	maxLine = 64 << 10 // bytes of a line, as many as collectors of logs take
	maxWord = 1 << 10  // bytes of a subject, an action, an object, a result
)

// line returns an entry as the line that follows after, and with the hash of
// what a crash has left between the two.
func (l *Log) line(ctx context.Context, e Entry, after Head, torn string) []byte {
	attrs := []slog.Attr{
		slog.String("timestamp", l.now().UTC().Format("2006-01-02T15:04:05.000000000Z07:00")),
		slog.String("level", "info"),
		slog.String("service", l.service),
	}
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		attrs = append(attrs, slog.String("trace_id", sc.TraceID().String()), slog.String("span_id", sc.SpanID().String()))
	}
	attrs = append(attrs,
		slog.String("event", "audit.recorded"),
		slog.Uint64("sequence", after.Sequence+1),
		slog.String("subject", e.Subject),
		slog.String("action", e.Action),
		slog.String("object", e.Object))
	if e.Result != "" {
		attrs = append(attrs, slog.String("result", e.Result))
	}
	if torn != "" {
		attrs = append(attrs, slog.String("torn", torn))
	}
	text := log.AppendAttrs([]byte{'{'}, attrs...)
	text = log.AppendAttrs(append(text, ','), slog.String("previous", after.Hash))
	if more := log.AppendAttrs(nil, e.Attrs...); len(more) > 0 {
		text = append(append(append(text, `,"attributes":{`...), more...), '}')
	}
	return append(append(append(text, sealName...), digest(text)...), sealEnd...)
}

// A line ends with its seal, the hash of all before the seal's name.
const (
	sealName = `,"seal":"`
	sealEnd  = "\"}\n"
	sealed   = len(sealName) + 2*sha256.Size + len(sealEnd)
)

// record is what of a line links it to others.
type record struct {
	Sequence uint64
	Previous string
	Torn     string
}

var (
	errUnsealed = errors.New("is no whole entry: it was changed, or the process ended while it was written")
	errNoRecord = errors.New("is sealed but no entry")
)

// parse reads a line with its newline.
func parse(line []byte) (r record, err error) {
	at := len(line) - sealed
	if at < 0 || string(line[at:]) != sealName+digest(line[:at])+sealEnd {
		return r, errUnsealed
	}
	if json.Unmarshal(line, &r) != nil || r.Sequence == 0 {
		return r, errNoRecord
	}
	return r, nil
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
