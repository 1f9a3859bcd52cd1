package trace

import (
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	spanID  = "00f067aa0ba902b7"
	good    = "00-" + traceID + "-" + spanID + "-01"
)

// TestTraceparents holds the cases of the W3C's own suite for level 2
// (github.com/w3c/trace-context, test/test.py), which it sends to a service,
// as far as they are about one traceparent.
func TestTraceparents(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		flags int // those kept, -1 when it is refused
	}{
		"sampled":                   {good, 1},
		"not sampled":               {"00-" + traceID + "-" + spanID + "-00", 0},
		"random":                    {"00-" + traceID + "-" + spanID + "-02", 2},
		"sampled and random":        {"00-" + traceID + "-" + spanID + "-03", 3},
		"unknown flags are dropped": {"00-" + traceID + "-" + spanID + "-ff", 3},
		"version 00 with more":      {good + "-what-the-future-will-be-like", -1},
		"version 00 with a dash":    {good + "-", -1},
		"version 00 with a dot":     {good + ".", -1},
		"version cc":                {"cc-" + traceID + "-" + spanID + "-01", 1},
		"version cc with more":      {"cc-" + traceID + "-" + spanID + "-01-what-the-future-will-be-like", 1},
		"version cc with a dash":    {"cc-" + traceID + "-" + spanID + "-01-", 1},
		"version cc with a dot":     {"cc-" + traceID + "-" + spanID + "-01.what-the-future-will-be-like", -1},
		"later versions' flags":     {"01-" + traceID + "-" + spanID + "-03", 1},
		"version ff":                {"ff-" + traceID + "-" + spanID + "-01", -1},
		"version .0":                {".0-" + traceID + "-" + spanID + "-01", -1},
		"version 0.":                {"0.-" + traceID + "-" + spanID + "-01", -1},
		"version too long":          {"000-" + traceID + "-" + spanID + "-01", -1},
		"version too short":         {"0-" + traceID + "-" + spanID + "-01", -1},
		"version in upper case":     {"CC-" + traceID + "-" + spanID + "-01", -1},
		"trace id of zeros":         {"00-" + strings.Repeat("0", 32) + "-" + spanID + "-01", -1},
		"trace id with a dot":       {"00-." + traceID[1:] + "-" + spanID + "-01", -1},
		"trace id with a dot last":  {"00-" + traceID[:31] + ".-" + spanID + "-01", -1},
		"trace id in upper case":    {"00-" + strings.ToUpper(traceID) + "-" + spanID + "-01", -1},
		"trace id too long":         {"00-" + traceID + "0-" + spanID + "-01", -1},
		"trace id too short":        {"00-" + traceID[1:] + "-" + spanID + "-01", -1},
		"parent id of zeros":        {"00-" + traceID + "-0000000000000000-01", -1},
		"parent id with a dot":      {"00-" + traceID + "-." + spanID[1:] + "-01", -1},
		"parent id in upper case":   {"00-" + traceID + "-" + strings.ToUpper(spanID) + "-01", -1},
		"parent id too long":        {"00-" + traceID + "-" + spanID + "0-01", -1},
		"parent id too short":       {"00-" + traceID + "-" + spanID[1:] + "-01", -1},
		"flags with a dot":          {"00-" + traceID + "-" + spanID + "-.0", -1},
		"flags with a dot last":     {"00-" + traceID + "-" + spanID + "-0.", -1},
		"flags in upper case":       {"00-" + traceID + "-" + spanID + "-0A", -1},
		"flags too long":            {"00-" + traceID + "-" + spanID + "-001", -1},
		"flags too short":           {"00-" + traceID + "-" + spanID + "-1", -1},
		"no dashes":                 {strings.ReplaceAll(good, "-", "0"), -1},
		"not ASCII":                 {"00-é" + traceID[2:] + "-" + spanID + "-01", -1},
		"empty":                     {"", -1},
	} {
		t.Run(name, func(t *testing.T) {
			sc, ok := Parse(c.text)
			if ok != (c.flags >= 0) {
				t.Fatalf("%q: got %v, %v", c.text, sc, ok)
			}
			if !ok {
				if sc.HasTraceID() || sc.HasSpanID() {
					t.Errorf("%q is refused and leaves %v", c.text, sc)
				}
				return
			}
			if sc.TraceID().String() != traceID || sc.SpanID().String() != spanID || int(sc.TraceFlags()) != c.flags || !sc.IsRemote() {
				t.Errorf("%q is read as %+v", c.text, sc)
			}
		})
	}
}

func TestFormatIsParseBackwards(t *testing.T) {
	sc, _ := Parse(good)
	if got := Format(sc); got != good {
		t.Errorf("got %s", got)
	}
	if got := Format(sc.WithTraceFlags(0xff)); got != good[:53]+"03" {
		t.Errorf("flags that level 2 does not know go out: %s", got)
	}
	if got := Format(trace.SpanContext{}); got != "" {
		t.Errorf("of nothing it makes %s", got)
	}
}

func TestExtract(t *testing.T) {
	for name, c := range map[string]struct {
		header http.Header
		ok     bool
		state  string
	}{
		"none":               {http.Header{}, false, ""},
		"one":                {http.Header{"Traceparent": {good}}, true, ""},
		"spaces about":       {http.Header{"Traceparent": {" \t" + good + "\t "}}, true, ""},
		"two":                {http.Header{"Traceparent": {good, good}}, false, ""},
		"two in one":         {http.Header{"Traceparent": {good + "," + good}}, false, ""},
		"state":              {http.Header{"Traceparent": {good}, "Tracestate": {"foo=1,bar=2"}}, true, "foo=1,bar=2"},
		"state without":      {http.Header{"Tracestate": {"foo=1"}}, false, ""},
		"state of the wrong": {http.Header{"Traceparent": {"00-x"}, "Tracestate": {"foo=1"}}, false, ""},
		"state in lines":     {http.Header{"Traceparent": {good}, "Tracestate": {"foo=1", "", "bar=2,baz=3"}}, true, "foo=1,bar=2,baz=3"},
		"malformed state":    {http.Header{"Traceparent": {good}, "Tracestate": {"foo 1"}}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			sc, ok := Extract(c.header)
			if ok != c.ok || sc.IsValid() != c.ok || sc.TraceState().String() != c.state {
				t.Errorf("got %+v, %v; want %v and the state %q", sc, ok, c.ok, c.state)
			}
		})
	}
}

func TestInject(t *testing.T) {
	h := http.Header{"Traceparent": {"old"}, "Tracestate": {"old=1"}}
	Inject(trace.SpanContext{}, h)
	if h.Get("Traceparent") != "old" {
		t.Errorf("nothing to inject changed %v", h)
	}
	sc, _ := Parse(good)
	Inject(sc, h)
	if len(h) != 1 || h.Get("traceparent") != good {
		t.Errorf("got %v, want the old state gone", h)
	}
	sc, _ = Extract(http.Header{"Traceparent": {good}, "Tracestate": {" foo=1 , bar=2"}})
	child := NewChild(sc)
	Inject(child, h)
	back, ok := Extract(h)
	switch {
	case !ok || back.TraceID() != sc.TraceID() || back.TraceFlags() != sc.TraceFlags():
		t.Errorf("%v carries %+v, want the trace of %+v", h, back, sc)
	case back.SpanID() == sc.SpanID() || back.SpanID() != child.SpanID():
		t.Errorf("the parent is %s, want the child's own id", back.SpanID())
	case h.Get("tracestate") != "foo=1,bar=2":
		t.Errorf("the state is %q", h.Get("tracestate"))
	}
}

func TestIDs(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		root := NewRoot(true)
		child := NewChild(root.WithRemote(true))
		if !root.IsValid() || !root.IsSampled() || !root.IsRandom() || root.IsRemote() {
			t.Fatalf("root %+v", root)
		}
		if child.TraceID() != root.TraceID() || child.TraceFlags() != root.TraceFlags() || child.IsRemote() {
			t.Fatalf("child %+v of %+v", child, root)
		}
		for _, id := range []string{root.TraceID().String(), root.SpanID().String(), child.SpanID().String()} {
			if seen[id] {
				t.Fatalf("%s came twice", id)
			}
			seen[id] = true
		}
	}
	if sc := NewRoot(false); sc.IsSampled() || !sc.IsRandom() {
		t.Errorf("root %+v", sc)
	}
	if sc := NewTrace(true); sc.HasSpanID() || !sc.HasTraceID() || !sc.IsSampled() || !NewChild(sc).IsValid() {
		t.Errorf("trace %+v", sc)
	}
	if sc := NewChild(trace.SpanContext{}); !sc.IsValid() || sc.IsSampled() {
		t.Errorf("a child of nothing is %+v", sc)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	sc, _ := Parse(good)
	room := make([]byte, 0, size)
	header := http.Header{"Traceparent": {good}}
	for name, do := range map[string]func(){
		"Parse":    func() { Parse(good) },
		"refusal":  func() { Parse(good + "x") },
		"Append":   func() { Append(room, sc) },
		"Extract":  func() { Extract(header) },
		"NewRoot":  func() { NewRoot(false) },
		"NewChild": func() { NewChild(sc) },
	} {
		if n := testing.AllocsPerRun(100, do); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{good, "cc-" + good[3:] + "-more", "ff" + good[2:], good[:54], "", strings.ToUpper(good)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		sc, ok := Parse(s)
		if ok != sc.IsValid() {
			t.Fatalf("%q: %+v, %v", s, sc, ok)
		}
		if !ok {
			return
		}
		// All but the version and the flags comes out as it came in.
		if got := Format(sc); got[3:52] != s[3:52] || got[:2] != "00" {
			t.Errorf("%q became %q", s, got)
		}
		if s[:2] == "00" && len(s) != size || strings.ToLower(s[:size]) != s[:size] {
			t.Errorf("%q is taken", s)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Parse(good)
	}
}

func BenchmarkRequest(b *testing.B) {
	in, out := http.Header{"Traceparent": {good}}, http.Header{}
	b.ReportAllocs()
	for b.Loop() {
		sc, _ := Extract(in)
		Inject(NewChild(sc), out)
	}
}
