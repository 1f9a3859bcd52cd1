package catalogue

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/service"
)

const wordsOnly = "testdata/words-only"

// A repository that holds every keyword of the standard – in its README, in
// comments, in YAML values, under empty headings – and nothing behind them
// passes nothing: nobody becomes ready by writing the right words.
func TestWordsAlonePassNothing(t *testing.T) {
	set := collected(t, wordsOnly)
	v, err := check.Judge(set, Requirements(), check.Options{Now: set.Build().At})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range v.Results {
		if r.Outcome == check.Passed || r.Outcome == check.NotApplicable || r.Outcome == check.Accepted {
			t.Errorf("%s is %s: %s", r.ID, r.Outcome, told(r))
		}
	}
	if v.Ready {
		t.Error("words alone are ready to go live")
	}
}

// The fixture is only worth something while it holds the words of every
// requirement, also of those added later.
func TestWordsOnlyHoldsEveryWord(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash(wordsOnly + "/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows(standard) {
		for _, words := range []string{r.ID, r.Title, r.How} {
			if !strings.Contains(string(text), words) {
				t.Errorf("%s/README.md lacks words of %s; add the line\n- [x] `%s`: %s. Judged: %s", wordsOnly, r.ID, r.ID, r.Title, r.How)
				break
			}
		}
	}
	if _, err := service.Load(wordsOnly); err != nil {
		t.Errorf("its golive.yaml must be a valid one: %v", err)
	}
}
