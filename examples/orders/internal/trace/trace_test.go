package trace

import (
	"context"
	"strings"
	"testing"
)

const sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestContinueKeepsTheTraceAndChangesTheSpan(t *testing.T) {
	s := Continue([]string{sent})
	if got, want := s.TraceID(), "4bf92f3577b34da6a3ce929d0e0e4736"; got != want {
		t.Errorf("trace id %s, want %s", got, want)
	}
	if s.SpanID() == "00f067aa0ba902b7" {
		t.Error("the span id is the caller's")
	}
	if again, ok := Parse(s.Traceparent()); !ok || again != s {
		t.Errorf("%s does not read back as it was written", s.Traceparent())
	}
}

func TestContinueStartsATraceWhenThereIsNoneToContinue(t *testing.T) {
	for name, values := range map[string][]string{
		"absent":          nil,
		"twice":           {sent, sent},
		"empty":           {""},
		"words":           {"golive"},
		"upper case":      {strings.ToUpper(sent)},
		"zero trace":      {"00-00000000000000000000000000000000-00f067aa0ba902b7-01"},
		"zero span":       {"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"},
		"version ff":      {"ff" + sent[2:]},
		"short":           {sent[:54]},
		"long version 00": {sent + "-more"},
		"no hexadecimal":  {strings.Replace(sent, "4b", "xy", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			s := Continue(values)
			if s.TraceID() == "4bf92f3577b34da6a3ce929d0e0e4736" || s.trace == [16]byte{} {
				t.Errorf("%q was continued as %s", values, s.Traceparent())
			}
		})
	}
}

func TestParseReadsLaterVersions(t *testing.T) {
	if _, ok := Parse("01" + sent[2:] + "-more"); !ok {
		t.Error("a later version with more fields was refused")
	}
}

func TestContext(t *testing.T) {
	if _, ok := From(context.Background()); ok {
		t.Error("a context without a span has one")
	}
	s := New()
	if got, ok := From(With(context.Background(), s)); !ok || got != s {
		t.Errorf("got %v, want %v", got, s)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sent)
	f.Add("ff-0-0-0")
	f.Fuzz(func(t *testing.T, value string) {
		if s, ok := Parse(value); ok {
			if _, again := Parse(s.Traceparent()); !again {
				t.Errorf("%q reads, but its own form %q does not", value, s.Traceparent())
			}
		}
	})
}
