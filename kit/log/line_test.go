package log

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

func lineOf(w io.Writer) *Handler {
	return NewHandler(w, Options{Service: "orders", ReplaceTime: func(time.Time) time.Time { return noon }})
}

func TestALineIsWhatTheHandlerWrites(t *testing.T) {
	var out bytes.Buffer
	h := lineOf(&out)
	h.Line(slog.LevelWarn, "request.completed", spanContext()).
		Str("method", "GET").Int("status", 503).Float("load", 0.5).Dur("duration_ms", 12345678*time.Nanosecond).
		Bool("sampled", true).Err(errors.New("down")).Err(nil).Attr(slog.Group("g", "a", 1)).Str("status", "twice").Write()
	const fields = `"method":"GET","status":503,"load":0.5,"duration_ms":12.345,"sampled":true,"error":"down","g":{"a":1},"status_2":"twice"`
	want := `{"timestamp":"2026-03-01T12:00:00.000001200Z","level":"warn","service":"orders",` +
		`"trace_id":"4bf92f00000000000000000000000036","span_id":"00f00000000000b7","event":"request.completed",` + fields + "}\n"
	if out.String() != want {
		t.Errorf("got  %s\nwant %s", &out, want)
	}
	out.Reset()
	h = h.WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("g").(*Handler)
	h.Line(slog.LevelInfo, "e", trace.SpanContext{}).Int("a", 2).Int("event", 3).Write()
	if got := out.String(); !strings.HasSuffix(got, `"event":"e","a":1,"g":{"a":2,"event":3}}`+"\n") {
		t.Errorf("after With: %s", got)
	}
}

func TestALineThatIsOffIsNil(t *testing.T) {
	var out bytes.Buffer
	l := lineOf(&out).Line(slog.LevelDebug, "e", spanContext())
	if l != nil {
		t.Error("a line below the level")
	}
	l.Str("a", "b").Int("a", 1).Float("a", 1).Dur("a", 1).Bool("a", true).Err(io.EOF).Attr(slog.Int("a", 1)).Write()
	if out.Len() > 0 {
		t.Errorf("wrote %s", &out)
	}
}

func TestMilliseconds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                    "0",
		999 * time.Nanosecond:                "0",
		time.Microsecond:                     "0.001",
		10 * time.Microsecond:                "0.01",
		1500 * time.Microsecond:              "1.5",
		-1500 * time.Microsecond:             "-1.5",
		-time.Microsecond:                    "-0.001",
		100 * time.Millisecond:               "100",
		time.Hour:                            "3600000",
		time.Duration(math.MaxInt64):         "9223372036854.775",
		2*time.Second + 120*time.Microsecond: "2000.12",
	} {
		if got := string(appendMillis(nil, d)); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

func TestTimestampsFollowTheClock(t *testing.T) {
	var out bytes.Buffer
	now := noon
	h := NewHandler(&out, Options{ReplaceTime: func(time.Time) time.Time { return now }})
	for _, now = range []time.Time{noon, noon.Add(time.Second), noon.Add(999_999_999), noon, time.Unix(0, 0), time.Unix(-1, 1)} {
		out.Reset()
		h.Line(slog.LevelInfo, "e", trace.SpanContext{}).Write()
		text := decodeLine(t, out.String())["timestamp"].(string)
		if got, err := time.Parse(time.RFC3339Nano, text); err != nil || !got.Equal(now) || len(text) != 30 {
			t.Errorf("%v is written %s", now, text)
		}
	}
}

// writeEight writes what an access line holds.
func writeEight(h *Handler, sc trace.SpanContext) {
	fillEight(h.Line(slog.LevelInfo, "request.completed", sc))
}

func fillEight(l *Line) {
	l.Str("method", "GET").Str("route", "/orders/{id}").Int("status", 200).
		Dur("duration_ms", 1250*time.Microsecond).Int("bytes_in", 0).Int("bytes_out", 512).
		Str("remote", "127.0.0.1").Bool("sampled", true).Write()
}

func TestALineAllocatesNothing(t *testing.T) {
	h := NewHandler(io.Discard, Options{Service: "orders"})
	sc := spanContext()
	// The second of the timestamp is formatted anew when it changes.
	if n := testing.AllocsPerRun(1000, func() { writeEight(h, sc) }); n != 0 {
		t.Errorf("%v allocations per line", n)
	}
}

func TestAttributesAllocateNothing(t *testing.T) {
	h := NewHandler(io.Discard, Options{Service: "orders"})
	r := slog.NewRecord(noon, 0, "request.completed", 0)
	r.AddAttrs(slog.String("method", "GET"), slog.Float64("load", 0.25), slog.Uint64("n", 1), slog.Time("at", noon),
		slog.Duration("took", 1500*time.Microsecond), slog.Group("g", "a", 1), slog.Any("error", io.EOF))
	ctx := trace.ContextWithSpanContext(context.Background(), spanContext())
	if n := testing.AllocsPerRun(1000, func() { _ = h.Handle(ctx, r) }); n != 0 {
		t.Errorf("%v allocations per record", n)
	}
}
