package trace

import (
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

// entries returns n entries of a length.
func entries(n, length int) string {
	var list []string
	for i := range n {
		key := fmt.Sprintf("k%02d=", i)
		list = append(list, key+strings.Repeat("v", length-len(key)))
	}
	return strings.Join(list, ",")
}

// TestTracestates holds the cases of the W3C's suite for level 2.
func TestTracestates(t *testing.T) {
	key256, value256 := strings.Repeat("z", 256), strings.Repeat("v", 256)
	for name, c := range map[string]struct{ text, want string }{
		"one":                       {"foo=1", "foo=1"},
		"spaces about":              {"foo=1 \t , \tbar=2, \t", "foo=1,bar=2"},
		"space within a value":      {"foo=a b ,bar=2", "foo=a b,bar=2"},
		"empty members":             {",foo=1,,bar=2,", "foo=1,bar=2"},
		"only commas":               {",,", ""},
		"one key twice":             {"foo=1,bar=2,foo=3", "foo=1,bar=2"},
		"all of a key's characters": {"abcdefghijklmnopqrstuvwxyz0123456789_-*/=1", "abcdefghijklmnopqrstuvwxyz0123456789_-*/=1"},
		"tenant":                    {"tenant@system=1,0t-_*/@s=2", "tenant@system=1,0t-_*/@s=2"},
		"all of a value's":          {"foo=!\"#$%&'()*+-./:;<>?@[]^_`{|}~\\ azAZ09", "foo=!\"#$%&'()*+-./:;<>?@[]^_`{|}~\\ azAZ09"},
		"longest key":               {key256 + "=1", key256 + "=1"},
		"longest value":             {"a=" + value256, "a=" + value256},
		"key too long":              {"foo=1," + key256 + "z=1", ""},
		"value too long":            {"foo=1,a=" + value256 + "v", ""},
		"key with a space":          {"foo =1", ""},
		"key in upper case":         {"FOO=1", ""},
		"key with a dot":            {"foo.bar=1", ""},
		"key that begins with _":    {"_foo=1", ""},
		"no key":                    {"=1", ""},
		"no value":                  {"foo=", ""},
		"no equals sign":            {"foo", ""},
		"two equals signs":          {"foo=bar=baz", ""},
		"control in a value":        {"foo=b\x01r", ""},
		"not ASCII":                 {"foo=bär", ""},
		"one bad member":            {"foo=1,bar", ""},
		"32 members":                {entries(32, 10), entries(32, 10)},
		"33 members":                {entries(33, 10), ""},
		"512 characters":            {entries(32, 15) + "v", entries(32, 15) + "v"},
		"513 characters":            {entries(32, 15) + "vv", entries(31, 15)},
		"large ones go first":       {"first=1,large=" + strings.Repeat("v", 200) + "," + entries(24, 15), "first=1," + entries(24, 15)},
		"then the last":             {entries(10, 100), entries(5, 100)},
		"beyond all reason":         {strings.Repeat(",", 16*maxState) + "a=1", ""},

		// Valid by level 2, but no keys by level 1, which OpenTelemetry's type
		// follows: these entries are lost, and the others stay.
		"key that begins with a digit": {"foo=1,1a=2", "foo=1"},
		"two at signs":                 {"foo=1,a@b@c=2", "foo=1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := formatState(parseState(c.text)); got != c.want {
				t.Errorf("%q is passed on as %q, want %q", c.text, got, c.want)
			}
		})
	}
}

func TestAStateThatGrewIsBoundedWhenItLeaves(t *testing.T) {
	state := parseState(entries(32, 15))
	state, err := state.Insert("mine", strings.Repeat("x", 20))
	if err != nil {
		t.Fatal(err)
	}
	got := formatState(state)
	if len(got) > maxState || !strings.HasPrefix(got, "mine=") || strings.HasSuffix(got, ",") {
		t.Errorf("%d characters: %q", len(got), got)
	}
}

func FuzzTracestate(f *testing.F) {
	for _, s := range []string{"foo=1,bar=2", entries(33, 20), entries(5, 200), "a@b=1,1a=2,a=,", " , \t,a=b c ,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		state := parseState(s)
		text := formatState(state)
		if len(text) > maxState || state.Len() > maxEntries {
			t.Fatalf("%d entries, %d characters of %q", state.Len(), len(text), s)
		}
		if again, err := trace.ParseTraceState(text); err != nil || again.String() != text {
			t.Errorf("%q: what is passed on is malformed: %v", text, err)
		}
		if again := formatState(parseState(text)); again != text {
			t.Errorf("%q became %q by passing it on twice", text, again)
		}
	})
}
