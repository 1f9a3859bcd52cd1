package report

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/service"
)

// attacks are texts that a service under review could write into any field:
// each breaks out of some format that does not take care.
var attacks = []string{
	`<script>window.owned = 1</script>`,
	`"><img src=x onerror="window.owned = 1">`,
	`' onmouseover='window.owned=1' style='background:url(http://127.0.0.1:9/)`,
	`</script><script>document.title = "owned"</script>`,
	`</style><style>*{display:none}</style>`,
	`javascript:window.owned=1`,
	`{{.Service}} ${window.owned=1} ]]> <!-- --> &lt;`,
	"\x1b[2J\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x1b",
	"nul\x00 bell\a back\b\b\b del\x7f csi\u009b31m \r overwritten",
	"bidi \u202egnp.exe \u2066 \u2028 \ufeff \ufffe \uffff",
	"bad utf-8 \xff\xfe\xc3(",
	"| a | b |\n|---|---|\n# heading\n```\n</details> @everyone fixes #1 [x](http://127.0.0.1:9/) ![i](http://127.0.0.1:9/)",
	strings.Repeat("unbroken", 4000),
	strings.Repeat("line\n", 4000),
	"- text\n+++ \n@@\n-\n+",
	"",
}

// hostileVerdict returns the verdict of orders with an attack in every string
// and every map key that it holds, and with lengths beyond any bound.
func hostileVerdict(t *testing.T) *check.Verdict {
	v := orders(t)
	n := 0
	poison(reflect.ValueOf(v).Elem(), func() string { n++; return attacks[n%len(attacks)] })
	for i := range v.Results {
		v.Results[i].Section = orders(t).Results[i].Section + attacks[i%3]
		if orders(t).Results[i].Judged() {
			v.Results[i].Why += "."
		}
		v.Results[i].Outcome = check.Outcomes()[i%6]
		v.Results[i].Gate = []check.Gate{check.GoLive, check.FollowUp, check.Advised}[i%3]
	}
	v.Results[0].Evidence = append(v.Results[0].Evidence, hugeEvidence()...)
	return v
}

func poison(v reflect.Value, next func() string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(next())
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), next)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), next)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			v.SetMapIndex(key, reflect.Value{})
			v.SetMapIndex(reflect.ValueOf(next()), reflect.ValueOf(next()))
		}
	case reflect.Struct:
		if v.Type().PkgPath() == "time" {
			return
		}
		for i := range v.NumField() {
			poison(v.Field(i), next)
		}
	}
}

// hugeEvidence is more of everything than a report can show, with numbers
// at the ends of their ranges.
func hugeEvidence() []check.Evidence {
	const most = service.Duration(1<<63 - 1)
	var table check.Table
	var timeline check.Timeline
	var log check.Log
	histogram := check.Histogram{Threshold: most, Marks: []check.QuantileMark{{Name: attacks[0], Value: -most}, {Name: "max", Value: most}}}
	for i := range 5000 {
		table.Rows = append(table.Rows, []string{attacks[i%len(attacks)], "x"}[:i%3%2+1])
		timeline.Marks = append(timeline.Marks,
			check.Mark{At: service.Duration(i), To: most, Lane: attacks[i%len(attacks)], Text: attacks[1], Bad: i%2 == 0},
			check.Mark{At: -most, To: most - service.Duration(i), Lane: "backwards"})
		log.Lines = append(log.Lines, check.LogLine{Text: attacks[i%len(attacks)], Bad: i == 4999})
		histogram.Buckets = append(histogram.Buckets, check.HistogramBucket{Le: service.Duration(1) << (i % 63), Count: i - 10})
	}
	return []check.Evidence{
		{Detail: &check.Detail{Table: &table}}, {Detail: &check.Detail{Timeline: &timeline}},
		{Detail: &check.Detail{Log: &log}}, {Detail: &check.Detail{Histogram: &histogram}},
		{Detail: &check.Detail{Table: &check.Table{}}}, {Detail: &check.Detail{Timeline: &check.Timeline{}}},
		{Detail: &check.Detail{Histogram: &check.Histogram{}}}, {Detail: &check.Detail{Log: &check.Log{}}},
		{Detail: &check.Detail{Exchange: &check.Exchange{Body: attacks[12]}}}, {Detail: &check.Detail{Location: &check.Location{Line: -1}}},
		{Detail: &check.Detail{}}, {Where: "../../etc/passwd:1"}, {Where: "127.0.0.1:80"},
	}
}

// Whatever the service wrote, no format sends a terminal or a viewer anything
// but text.
func TestNoControlCharacterGetsOut(t *testing.T) {
	v := hostileVerdict(t)
	for _, name := range Names() {
		got := render(t, name, v, Options{})
		if !utf8.ValidString(got) {
			t.Errorf("%s is no valid UTF-8", name)
		}
		for i, r := range got {
			if r != '\n' && unsafe(r) && !(name == "html" && r == '\t') {
				t.Errorf("%s lets %U out at %q", name, r, got[max(0, i-40):min(len(got), i+20)])
				break
			}
		}
	}
}

func TestSizeIsBounded(t *testing.T) {
	v := hostileVerdict(t)
	v.Results = v.Results[:1]
	for name, limit := range map[string]int{"text": 60_000, "html": 2_000_000, "markdown": maxComment, "sarif": 400_000, "junit": 150_000} {
		if got := len(render(t, name, v, Options{})); got > limit {
			t.Errorf("%s of one requirement takes %d bytes, more than %d", name, got, limit)
		}
	}
	for range 10 {
		v.Results = append(v.Results, hostileVerdict(t).Results...)
	}
	if got := utf8.RuneCountInString(render(t, "markdown", v, Options{})); got > 65_536 {
		t.Errorf("the comment has %d characters; GitHub takes 65,536", got)
	}
}

func TestHostileMachineFormatsParse(t *testing.T) {
	v := hostileVerdict(t)
	for _, name := range []string{"json", "sarif"} {
		if err := json.Unmarshal([]byte(render(t, name, v, Options{})), new(any)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := xml.NewDecoder(strings.NewReader(render(t, "junit", v, Options{})))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("junit: %v", err)
		}
	}
}

func TestTextStaysWithinItsWidth(t *testing.T) {
	for _, columns := range []int{40, 80, 200} {
		for name, v := range map[string]*check.Verdict{"orders": orders(t), "hostile": hostileVerdict(t)} {
			for l := range strings.Lines(render(t, "text", v, Options{Width: columns})) {
				l = strings.TrimRight(l, "\n")
				// What is to be copied stays on one line.
				if width(l) > columns && !strings.HasPrefix(l, "    check ") && !strings.Contains(l, "│ ") {
					t.Errorf("%s at %d: %d columns: %.200q", name, columns, width(l), l)
				}
			}
		}
	}
}

func TestColor(t *testing.T) {
	if got := render(t, "text", orders(t), Options{}); strings.Contains(got, "\x1b") {
		t.Error("text without colour holds escape sequences")
	}
	painted := render(t, "text", orders(t), Options{Color: true})
	if !strings.Contains(painted, "\x1b[31m✕ fail\x1b[0m") {
		t.Error("text with colour has no red failure")
	}
	if got := escapes.ReplaceAllString(painted, ""); got != render(t, "text", orders(t), Options{}) {
		t.Error("colour changes the text")
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\n":             "plain\ttext\n",
		"\x1b[1;31mred\x1b[0m":      "red",
		"\x1b]0;title\x07after":     "after",
		"\x1b]0;never closed\nnext": "0;never closed\nnext",
		"a\r\nb\rc":                 "a\nb\ufffdc",
		"nul\x00":                   "nul\ufffd",
		"\u009b31m":                 "\ufffd31m",
		"\u202egnp.exe":             "\ufffdgnp.exe",
		"bad \xff":                  "bad \ufffd",
		"größer, 日本語, 👩‍👩‍👧": "größer, 日本語, 👩‍👩‍👧",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, a := range attacks {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := line(s, 100)
		if utf8.RuneCountInString(got) > 100 || !utf8.ValidString(got) || strings.ContainsFunc(got, unsafe) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("line(%q) = %q", s, got)
		}
	})
}
