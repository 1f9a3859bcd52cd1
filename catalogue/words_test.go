package catalogue

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/check"
)

// Nobody passes by writing the right words: a repository that holds every
// keyword, and nothing behind them, has no pass. To the words in
// testdata/words-only are added those of every check, so that a new one is
// held to this too.
func TestWordsAloneScoreNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/words-only")); err != nil {
		t.Fatal(err)
	}
	words := allWords()
	appendTo(t, filepath.Join(dir, "README.md"), words)
	appendTo(t, filepath.Join(dir, "docs", "standard.md"), words)
	appendTo(t, filepath.Join(dir, "deploy", "values.yaml"), commented(words))
	appendTo(t, filepath.Join(dir, "deploy", "notes.yaml"), commented(words))
	appendTo(t, filepath.Join(dir, "main.go"), "package main\n\n/*\n"+strings.ReplaceAll(words, "*/", "")+"*/\nfunc main() {}\n")

	reqs := Requirements()
	v, err := check.Judge(collected(t, dir), reqs, check.Options{Now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Results) != len(reqs) || v.Ready {
		t.Errorf("%d results of %d, ready %t", len(v.Results), len(reqs), v.Ready)
	}
	for _, r := range v.Results {
		if r.Outcome == check.Passed {
			t.Errorf("%s passes on words alone:\n%s", r.ID, told(r))
		}
	}
}

// allWords is all that the catalogue says about itself.
func allWords() string {
	var b strings.Builder
	b.WriteString(standard)
	for _, c := range check.Registered() {
		fmt.Fprintf(&b, "\n## %s\n\n%s. %s\n\n%s\n\n%s\n", c.ID, c.Title, c.Why, c.How, c.Remedy.Text)
	}
	return b.String()
}

func commented(text string) string {
	return "# " + strings.ReplaceAll(text, "\n", "\n# ") + "\n"
}

func appendTo(t *testing.T, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}
