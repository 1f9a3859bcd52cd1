package catalogue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/collect"
	"github.com/golive-dev/golive/service"
)

// A fixture is a txtar archive of small repositories, one per folder. The
// first word of a folder's name is the outcome that the check must give it.
// Besides the repository's files a folder may hold recording/<drill>.ndjson,
// one evidence.Event a line, and want, each line of which must occur in the
// result's reason or in an evidence.
func TestFixtures(t *testing.T) {
	archives, err := filepath.Glob("*/testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]bool{}
	for _, file := range archives {
		id := fixtureID(file)
		covered[id] = true
		t.Run(id, func(t *testing.T) {
			c := registered(id)
			if c == nil {
				t.Fatalf("%s is the fixture of no check", file)
			}
			testArchive(t, c, file)
		})
	}
	for _, c := range check.Registered() {
		if !covered[c.ID] {
			t.Errorf("%s has no fixtures: write catalogue/%s/testdata/%s.txtar", c.ID, c.Section(), path.Base(c.ID))
		}
	}
}

// fixtureID turns scaling/testdata/disruption_budget.txtar into the check's ID.
func fixtureID(file string) string {
	section, _, _ := strings.Cut(filepath.ToSlash(file), "/")
	name := strings.TrimSuffix(filepath.Base(file), ".txtar")
	return section + "/" + strings.ReplaceAll(name, "_", "-")
}

func registered(id string) *check.Check {
	for _, c := range check.Registered() {
		if c.ID == id {
			return c
		}
	}
	return nil
}

var firstWords = map[string]check.Outcome{
	"pass": check.Passed, "fail": check.Failed, "unknown": check.Unknown, "stale": check.Stale, "na": check.NotApplicable,
}

func testArchive(t *testing.T, c *check.Check, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	folders := byFolder(t, archive)
	seen := map[check.Outcome]bool{}
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		word, _, _ := strings.Cut(name, "-")
		outcome, ok := firstWords[word]
		if !ok {
			t.Errorf("folder %s: its first word is none of %v", name, slices.Sorted(maps.Keys(firstWords)))
			continue
		}
		seen[outcome] = true
		t.Run(name, func(t *testing.T) { testFolder(t, c, outcome, folders[name]) })
	}
	for _, must := range []check.Outcome{check.Passed, check.Failed, check.Unknown} {
		if !seen[must] {
			t.Errorf("no folder whose outcome is %s: a check that cannot answer it does not get in", must)
		}
	}
}

func byFolder(t *testing.T, archive *txtar.Archive) map[string][]txtar.File {
	t.Helper()
	folders := map[string][]txtar.File{}
	for _, f := range archive.Files {
		folder, rest, ok := strings.Cut(f.Name, "/")
		if !ok || !filepath.IsLocal(rest) {
			t.Fatalf("%s lies in no folder", f.Name)
		}
		folders[folder] = append(folders[folder], txtar.File{Name: rest, Data: f.Data})
	}
	return folders
}

// testFolder judges one repository twice: as collected, and after its
// evidence was written to a stream and read again.
func testFolder(t *testing.T, c *check.Check, want check.Outcome, content []txtar.File) {
	set, hints := fixtureSet(t, content)
	r := judgeFixture(t, c, set)
	if r.Outcome != want {
		t.Errorf("outcome %s, want %s\n%s", r.Outcome, want, told(r))
	}
	for _, hint := range hints {
		if !strings.Contains(told(r), hint) {
			t.Errorf("the result does not say %q:\n%s", hint, told(r))
		}
	}
	var stream bytes.Buffer
	if err := set.Write(&stream); err != nil {
		t.Fatal(err)
	}
	again, err := evidence.Read(&stream)
	if err != nil {
		t.Fatal(err)
	}
	if replayed := judgeFixture(t, c, again); told(replayed) != told(r) || replayed.Outcome != r.Outcome {
		t.Errorf("judged again from the stream it is %s:\n%s\nbefore:\n%s", replayed.Outcome, told(replayed), told(r))
	}
}

func judgeFixture(t *testing.T, c *check.Check, set *evidence.Set) check.Result {
	t.Helper()
	v, err := check.Judge(set, []check.Requirement{from(c)}, check.Options{Now: set.Build().At.Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	return v.Results[0]
}

// told is all that a result says, in text.
func told(r check.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Reason)
	for _, e := range r.Evidence {
		fmt.Fprintf(&b, "  [%s ok=%t] %s: %s\n", e.Rung, e.OK, e.Where, e.Text)
	}
	return b.String()
}

// fixtureSet lays the repository out, collects it, and adds the recordings.
// hints are the lines of the folder's want file.
func fixtureSet(t *testing.T, content []txtar.File) (set *evidence.Set, hints []string) {
	t.Helper()
	dir := t.TempDir()
	var recordings []*evidence.Recording
	for _, f := range content {
		drill, isRecording := strings.CutPrefix(f.Name, "recording/")
		switch {
		case isRecording:
			recordings = append(recordings, readRecording(t, strings.TrimSuffix(drill, ".ndjson"), f.Data))
		case f.Name == "want":
			hints = append(hints, lines(f.Data)...)
		default:
			writeFile(t, filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data)
		}
	}
	return collected(t, dir, recordings...), hints
}

func collected(t *testing.T, dir string, recordings ...*evidence.Recording) *evidence.Set {
	t.Helper()
	svc, err := service.Load(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	records, err := collect.Repository(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	build := evidence.Build{Environment: "fixture", At: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	return evidence.NewSet(svc, build, records, recordings...)
}

func readRecording(t *testing.T, drill string, text []byte) *evidence.Recording {
	t.Helper()
	rec := &evidence.Recording{Drill: drill, Began: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	for i, line := range lines(text) {
		dec := json.NewDecoder(strings.NewReader(line))
		dec.DisallowUnknownFields()
		var e evidence.Event
		if err := dec.Decode(&e); err != nil {
			t.Fatalf("recording/%s.ndjson, event %d: %v", drill, i+1, err)
		}
		rec.Took = max(rec.Took, e.At.D())
		rec.Events = append(rec.Events, e)
	}
	slices.SortStableFunc(rec.Events, func(a, b evidence.Event) int { return int(a.At - b.At) })
	return rec
}

// lines returns the lines of text that are not blank.
func lines(text []byte) []string {
	var all []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

func writeFile(t *testing.T, file string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
