package log

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// TestHandlerConforms runs the standard library's suite. It knows two fields
// under other names than ours.
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

var noon = time.Date(2026, 3, 1, 13, 0, 0, 1200, time.FixedZone("", 3600))

// logged returns what a logger writes, whose clock stands at noon.
func logged(o Options, do func(*slog.Logger)) string {
	var out bytes.Buffer
	o.Service = "orders"
	if o.ReplaceTime == nil {
		o.ReplaceTime = func(time.Time) time.Time { return noon }
	}
	do(New(&out, o))
	return out.String()
}

func spanContext() trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{0x4b, 0xf9, 0x2f, 15: 0x36}, SpanID: trace.SpanID{0x00, 0xf0, 7: 0xb7}, TraceFlags: trace.FlagsSampled,
	})
}

func TestFieldsComeInOneOrder(t *testing.T) {
	ctx := trace.ContextWithSpanContext(context.Background(), spanContext())
	got := logged(Options{}, func(l *slog.Logger) {
		l.InfoContext(ctx, "order.placed", "order", "A-1", "items", 3)
		l.Error("order.failed", "error", errors.New("no \"stock\""))
	})
	want := `{"timestamp":"2026-03-01T12:00:00.000001200Z","level":"info","service":"orders","trace_id":"4bf92f00000000000000000000000036","span_id":"00f00000000000b7","event":"order.placed","order":"A-1","items":3}
{"timestamp":"2026-03-01T12:00:00.000001200Z","level":"error","service":"orders","event":"order.failed","error":"no \"stock\""}
`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLevels(t *testing.T) {
	var level slog.LevelVar
	got := logged(Options{Level: &level}, func(l *slog.Logger) {
		l.Debug("off")
		level.Set(slog.LevelDebug - 4)
		for _, v := range []slog.Level{-8, -4, -1, 0, 3, 4, 7, 8, 100} {
			l.Log(context.Background(), v, "on")
		}
		level.Set(slog.LevelError)
		l.Warn("off")
	})
	var names []string
	for line := range strings.Lines(got) {
		names = append(names, decodeLine(t, line)["level"].(string))
	}
	want := "debug debug debug info info warn warn error error"
	if strings.Join(names, " ") != want {
		t.Errorf("got %v, want %s", names, want)
	}
}

type order struct {
	ID    string `json:"id"`
	Notes []string
}

type hidden struct{ value *string }

func (hidden) LogValue() slog.Value { return slog.StringValue("[secret]") }

type throws struct{ with any }

func (p throws) LogValue() slog.Value          { panic(p.with) }
func (p *throws) MarshalJSON() ([]byte, error) { panic(p.with) }

type failure struct{ text *string }

func (f *failure) Error() string { return *f.text }

type endless struct{}

func (endless) LogValue() slog.Value { return slog.GroupValue(slog.Any("again", endless{})) }

func TestValues(t *testing.T) {
	password := "hunter2"
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	for name, c := range map[string]struct {
		value any
		want  string // of the JSON
	}{
		"text":          {"plain", `"plain"`},
		"html stays":    {"<a href='x'>&", `"<a href='x'>&"`},
		"quotes":        {`say "hi" \ bye`, `"say \"hi\" \\ bye"`},
		"controls":      {"a\nb\rc\td\x00e\x1bf\x7fg", `"a\nb\rc\td\u0000e\u001bf\u007fg"`},
		"C1 controls":   {"\u009b31m red", `"\u009b31m red"`},
		"separators":    {"a\u2028b\u2029c", `"a\u2028b\u2029c"`},
		"bad UTF-8":     {"a\xffb\xc3", "\"a\uFFFDb\uFFFD\""},
		"Unicode":       {"héllo wörld, 世界 😀", `"héllo wörld, 世界 😀"`},
		"int":           {-42, `-42`},
		"least int":     {int64(math.MinInt64), `-9223372036854775808`},
		"uint":          {uint64(math.MaxUint64), `18446744073709551615`},
		"float":         {0.1, `0.1`},
		"large float":   {1e20, `100000000000000000000`},
		"larger float":  {1e21, `1e+21`},
		"tiny float":    {1e-7, `1e-07`},
		"NaN":           {math.NaN(), `"NaN"`},
		"Inf":           {math.Inf(1), `"+Inf"`},
		"-Inf":          {math.Inf(-1), `"-Inf"`},
		"bool":          {true, `true`},
		"duration":      {1500 * time.Millisecond, `"1.5s"`},
		"time":          {noon, `"2026-03-01T12:00:00.0000012Z"`},
		"nil":           {nil, `null`},
		"bytes":         {[]byte("hi"), `"aGk="`},
		"struct":        {order{"A-1", []string{"x"}}, `{"id":"A-1","Notes":["x"]}`},
		"raw JSON":      {json.RawMessage("{\n\"a\": 1}"), `{"a":1}`},
		"error":         {errors.Join(errors.New("one"), errors.New("two")), `"one\ntwo"`},
		"redacted":      {hidden{&password}, `"[secret]"`},
		"in a group":    {slog.GroupValue(slog.Any("p", hidden{&password})), `{"p":"[secret]"}`},
		"nil pointer":   {(*failure)(nil), `null`},
		"nil in errors": {&failure{}, `"!PANIC in *log.failure: runtime error: invalid memory address or nil pointer dereference"`},
		"marshal panic": {&throws{password}, ``},
		"cycle":         {cyclic, ``},
		"no JSON":       {make(chan int), `"!ERROR json: unsupported type: chan int"`},
		"NaN within":    {[]float64{math.NaN()}, `"!ERROR json: unsupported value: NaN"`},
		"endless":       {endless{}, ``},
	} {
		t.Run(name, func(t *testing.T) {
			line := logged(Options{}, func(l *slog.Logger) { l.Info("e", "v", c.value, "after", 1) })
			decodeLine(t, line)
			if strings.Contains(line, password) {
				t.Errorf("%s leaks", line)
			}
			_, got, _ := strings.Cut(line, `"v":`)
			got, rest, _ := strings.Cut(got, `,"after":1`)
			if rest != "}\n" || c.want != "" && got != c.want {
				t.Errorf("got %s, want %s", line, c.want)
			}
		})
	}
}

func TestWhatIsThrownIsNotTold(t *testing.T) {
	line := logged(Options{}, func(l *slog.Logger) { l.Info("e", "v", json.Marshaler(&throws{"hunter2"})) })
	if decodeLine(t, line); strings.Contains(line, "hunter2") {
		t.Errorf("%s tells", line)
	}
}

func TestNamesAreUniqueWithinTheirObject(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*slog.Logger)
		want string
	}{
		"fixed fields": {
			func(l *slog.Logger) {
				l.Info("e", "event", 1, "level", 2, "timestamp", 3, "service", 4, "trace_id", 5, "span_id", 6, "attrs_dropped", 7)
			},
			`"attr_event":1,"attr_level":2,"attr_timestamp":3,"attr_service":4,"attr_trace_id":5,"attr_span_id":6,"attr_attrs_dropped":7`,
		},
		"a renamed one's name": {func(l *slog.Logger) { l.Info("e", "attr_event", 1, "event", 2) }, `"attr_event":1,"attr_event_2":2`},
		"of With":              {func(l *slog.Logger) { l.With("user", 1, "event", 2).Info("e", "user", 3) }, `"user":1,"attr_event":2,"user_2":3`},
		"thrice":               {func(l *slog.Logger) { l.With("a", 1).With("a", 2).Info("e", "a", 3) }, `"a":1,"a_2":2,"a_3":3`},
		"taken already":        {func(l *slog.Logger) { l.Info("e", "a_2", 1, "a", 2, "a", 3, "a", 4) }, `"a_2":1,"a":2,"a_3":3,"a_4":4`},
		"group and value":      {func(l *slog.Logger) { l.Info("e", "a", 1, slog.Group("a", "a", 2, "a", 3), "a", 4) }, `"a":1,"a_2":{"a":2,"a_2":3},"a_3":4`},
		"spread group":         {func(l *slog.Logger) { l.Info("e", "a", 1, slog.Group("", "a", 2, "event", 3)) }, `"a":1,"a_2":2,"attr_event":3`},
		"free within groups":   {func(l *slog.Logger) { l.WithGroup("g").Info("e", "event", 1, "level", 2) }, `"g":{"event":1,"level":2}`},
		"open group":           {func(l *slog.Logger) { l.With("g", 1).WithGroup("g").With("a", 2).Info("e", "a", 3, "g", 4) }, `"g":1,"g_2":{"a":2,"a_2":3,"g":4}`},
		"empty group":          {func(l *slog.Logger) { l.Info("e", slog.Group("g"), "g", 1) }, `"g":1`},
		"bad UTF-8":            {func(l *slog.Logger) { l.Info("e", "a\xff", 1, "a\xfe", 2) }, "\"a\uFFFD\":1,\"a\uFFFD_2\":2"},
		"empty name":           {func(l *slog.Logger) { l.Info("e", "", 1, "", 2) }, `"":1,"_2":2`},
	} {
		t.Run(name, func(t *testing.T) {
			line := logged(Options{}, c.do)
			decodeLine(t, line)
			_, got, _ := strings.Cut(line, `"event":"e",`)
			if got != c.want+"}\n" {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestSiblingsDoNotShareAttributes(t *testing.T) {
	var out bytes.Buffer
	base := New(&out, Options{}).WithGroup("g").With("a", 1)
	one, two := base.WithGroup("x").With("b", 1), base.WithGroup("y").With("c", 2)
	one.Info("e")
	two.Info("e")
	base.Info("e", "d", 3)
	want := []map[string]any{
		{"a": json.Number("1"), "x": map[string]any{"b": json.Number("1")}},
		{"a": json.Number("1"), "y": map[string]any{"c": json.Number("2")}},
		{"a": json.Number("1"), "d": json.Number("3")},
	}
	i := 0
	for line := range strings.Lines(out.String()) {
		if got := decodeLine(t, line)["g"]; !reflect.DeepEqual(got, want[i]) {
			t.Errorf("line %d has %v, want %v", i, got, want[i])
		}
		i++
	}
}

func TestLinesAreBounded(t *testing.T) {
	huge := strings.Repeat("x\x01", 5<<20)
	for name, do := range map[string]func(*slog.Logger){
		"event":  func(l *slog.Logger) { l.Info(huge, "a", huge, "b", huge, "c", huge, "d", huge) },
		"values": func(l *slog.Logger) { l.Info("e", "a", huge, "b", huge, "c", huge, "d", huge) },
		"JSON":   func(l *slog.Logger) { l.Info("e", "a", []string{huge}, "b", huge, "c", huge, "d", huge) },
		"names":  func(l *slog.Logger) { l.Info("e", huge, huge, huge, huge, "c", huge, "d", huge) },
		"With": func(l *slog.Logger) {
			l.With("a", huge).WithGroup("g").With("b", huge).WithGroup("h").Info(huge, "c", huge, "d", huge)
		},
		"error": func(l *slog.Logger) { l.Error("e", "a", errors.New(huge), "b", huge, "c", huge, "d", huge) },
	} {
		t.Run(name, func(t *testing.T) {
			line := logged(Options{}, do)
			got := decodeLine(t, line)
			if len(line) >= 64<<10 {
				t.Errorf("a line of %d bytes", len(line))
			}
			if !strings.Contains(line, "… (") || got["attrs_dropped"] == nil {
				t.Errorf("nothing tells what is missing in %.100s…%s", line, line[len(line)-100:])
			}
		})
	}
}

func TestAWriterMayBeLentALogger(t *testing.T) {
	var out bytes.Buffer
	l := New(&out, Options{Service: "orders"}).With("a", 1)
	if h, ok := FromLogger(l); !ok || h != l.Handler() {
		t.Error("no handler in a logger of this package")
	}
	if _, ok := FromLogger(slog.New(slog.DiscardHandler)); ok {
		t.Error("a handler in a logger of another")
	}
	if _, ok := FromLogger(nil); ok {
		t.Error("a handler in no logger")
	}
	if l.Handler().WithGroup("") != l.Handler() || l.Handler().WithAttrs(nil) != l.Handler() {
		t.Error("nothing added makes another handler")
	}
}

func TestTheWritersErrorIsHandlesError(t *testing.T) {
	full := errors.New("full")
	w := recorder{answer: func([]byte) (int, error) { return 0, full }}
	h := NewHandler(&w, Options{})
	if err := h.Handle(context.Background(), slog.NewRecord(noon, 0, "e", 0)); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "plain text of some length", "\x00\x1f \"\\\x7f\u0080\u009f\u00a0", "\xff\xfe\xed\xa0\x80", "\u2028\uFFFD😀", "12345678\"", "1234567\x1f8"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendText(nil, s), &got); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if len(s) < MaxValue/6 && got != strings.ToValidUTF8(replaceEach(s), "") {
			t.Errorf("%q is read as %q", s, got)
		}
	})
}

// replaceEach puts U+FFFD in place of each byte that is no UTF-8.
func replaceEach(s string) string { return string([]rune(s)) }

func FuzzNames(f *testing.F) {
	f.Add("event", "event", "g", "a")
	f.Add("a", "a_2", "a", "")
	f.Add("a\xff", "a\xfe", "", "a\uFFFD")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		line := logged(Options{}, func(l *slog.Logger) {
			l.With(a, 1).WithGroup(b).With(c, 2).Info(d, slog.Group(a, b, 3, c, 4), d, 5, c, 6, slog.Group("", a, 7))
		})
		decodeLine(t, line)
	})
}
