package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/golive-dev/golive/check"
)

var update = flag.Bool("update", false, "write what the formats render to testdata")

// orders returns a verdict as a real review makes it: every outcome, every
// kind of detail, and the requirements that have no check.
func orders(t *testing.T) *check.Verdict {
	t.Helper()
	raw, err := os.ReadFile("testdata/orders.json")
	if err != nil {
		t.Fatal(err)
	}
	var v check.Verdict
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return &v
}

func render(t *testing.T, name string, v *check.Verdict, o Options) string {
	t.Helper()
	f, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, v, o); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for name, o := range map[string]Options{
		"orders.text": {}, "orders.color.text": {Color: true}, "orders.narrow.text": {Width: 60},
		"orders.html": {}, "orders.junit": {}, "orders.sarif": {Version: "1.2.3"}, "orders.markdown": {},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, render(t, strings.TrimPrefix(filepath.Ext(name), "."), orders(t), o))
		})
	}
}

// The fixture is itself the JSON format's golden file.
func TestJSONIsTheVerdict(t *testing.T) {
	golden(t, "orders.json", render(t, "json", orders(t), Options{}))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run go test ./report -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s changed; if that is meant, run go test ./report -update and look at the difference (-want +got):\n%s", name, diff)
	}
}

func TestLookup(t *testing.T) {
	want := []string{"html", "json", "junit", "markdown", "sarif", "text"}
	if got := Names(); !slices.Equal(got, want) {
		t.Errorf("Names() = %v, want %v", got, want)
	}
	for _, name := range want {
		if f, err := Lookup(name); err != nil || f.Name != name || f.Summary == "" {
			t.Errorf("Lookup(%q) = %+v, %v", name, f, err)
		}
	}
	if _, err := Lookup("pdf\x1b[31m"); err == nil || !strings.Contains(err.Error(), `"pdf"; the formats are html, json`) {
		t.Errorf("Lookup of an unknown format says %v; want its name and the formats", err)
	}
}

func TestRegisterTwicePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a second format called json was registered")
		}
	}()
	register(Format{Name: "json"})
}

type brokenPipe struct{}

var errPipe = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errPipe }

func TestWriteErrorsAreReturned(t *testing.T) {
	for _, name := range Names() {
		f, _ := Lookup(name)
		if err := f.Write(brokenPipe{}, orders(t), Options{}); !errors.Is(err, errPipe) {
			t.Errorf("%s: a full disk went unnoticed: %v", name, err)
		}
	}
}

// A service without a golive.yaml, and a review that judged nothing.
func TestEmptyVerdict(t *testing.T) {
	for _, name := range Names() {
		got := render(t, name, &check.Verdict{Schema: check.Schema, Results: []check.Result{}}, Options{})
		if name == "text" || name == "html" || name == "markdown" {
			if !strings.Contains(got, "unnamed service") || !strings.Contains(strings.ToLower(got), "nothing was judged") {
				t.Errorf("%s of an empty verdict does not say so:\n%s", name, got)
			}
		}
	}
}

// Every format must say of every requirement that does not hold that it does
// not; only SARIF, a list of findings, leaves out what has no check.
func TestNothingIsHidden(t *testing.T) {
	v := orders(t)
	for _, name := range []string{"text", "json", "html", "junit"} {
		got := render(t, name, v, Options{Width: 100_000})
		for _, r := range v.Results {
			_, short, _ := strings.Cut(r.ID, "/")
			if !strings.Contains(got, short) {
				t.Errorf("%s does not mention %s (%s)", name, r.ID, r.Outcome)
			}
		}
	}
	for _, name := range []string{"sarif", "markdown"} {
		got := render(t, name, v, Options{})
		for _, r := range v.Results {
			if r.Judged() && !r.Outcome.Holds() && !strings.Contains(got, r.ID) {
				t.Errorf("%s does not mention %s (%s)", name, r.ID, r.Outcome)
			}
		}
	}
}

func TestVerdictWords(t *testing.T) {
	result := func(g check.Gate, o check.Outcome) check.Result {
		return check.Result{ID: "a/b", Section: "a", Gate: g, Outcome: o, Why: "because"}
	}
	unjudged := check.Result{ID: "a/c", Section: "a", Gate: check.GoLive, Outcome: check.Unknown}
	for _, c := range []struct {
		name          string
		ready         bool
		results       []check.Result
		word, because string
	}{
		{"ready", true, []check.Result{result(check.GoLive, check.Passed), result(check.FollowUp, check.Failed)}, "ready", "every go-live requirement holds"},
		{"accepted", true, []check.Result{result(check.GoLive, check.Accepted)}, "ready", "every go-live requirement holds, 1 of them as an accepted risk"},
		{"failed", false, []check.Result{result(check.GoLive, check.Failed), result(check.GoLive, check.Passed), unjudged}, "not ready", "of 3 go-live requirements: 1 fail, 1 not judged yet"},
		{"nothing", false, nil, "not ready", "nothing was judged"},
	} {
		word, because := verdictWords(&check.Verdict{Ready: c.ready, Results: c.results})
		if word != c.word || because != c.because {
			t.Errorf("%s: %s: %s; want %s: %s", c.name, word, because, c.word, c.because)
		}
	}
}

// A drill's timeline on a terminal shows every mark, cleaned.
func TestTimelineText(t *testing.T) {
	var b bytes.Buffer
	err := Timeline(&b, &check.Timeline{Trial: "db/silence", Marks: []check.Mark{
		{At: 2e9, Lane: "ready", Text: "still 200\x1b[2J", Bad: true}, {At: 0, To: 1e9, Lane: "drill", Text: "control"},
	}}, Options{})
	want := `
  db/silence
    0 – 1 s             drill      control
    2 s               ✕ ready      still 200
`
	if diff := cmp.Diff(want, b.String()); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
