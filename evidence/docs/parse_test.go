package docs

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const runbook = "# Orders: calls fail\n\n" +
	"The service answers with errors.\n\n" +
	"## How to confirm\n\nLook at the [dashboard](https://grafana.shop.test/d/orders).\n\n" +
	"```sh\n# the errors by route\n$ kubectl logs deploy/orders \\\n    --since 10m\n```\n\n" +
	"## How to mitigate\n\n1. Roll back: `kubectl rollout undo deploy/orders`\n2. TODO\n\n" +
	"### When that does not help\n\nRestart the pool with `./scripts/pool.sh restart`.\n\n" +
	"## Whom to escalate to\n\n| who | how |\n|---|---|\n| Commerce | #commerce-oncall |\n\n" +
	"## How to confirm\n\nTBD\n"

func parsed(text string) Document {
	d, _ := Parse([]byte(text))
	return d
}

func TestParseReadsSections(t *testing.T) {
	d := parsed(runbook)
	want := []Section{
		{Level: 1, Title: "Orders: calls fail", ID: "orders-calls-fail", Line: 1, Text: "The service answers with errors."},
		{Level: 2, Title: "How to confirm", ID: "how-to-confirm", Line: 5, Text: "Look at the dashboard.",
			Commands: []string{"kubectl logs deploy/orders --since 10m"},
			Links:    []Link{{"dashboard", "https://grafana.shop.test/d/orders"}}},
		{Level: 2, Title: "How to mitigate", ID: "how-to-mitigate", Line: 15, Text: "Roll back: kubectl rollout undo deploy/orders",
			Commands: []string{"kubectl rollout undo deploy/orders"}, Holders: []string{"TODO"},
			Items: []string{"Roll back: kubectl rollout undo deploy/orders"}},
		{Level: 3, Title: "When that does not help", ID: "when-that-does-not-help", Line: 20,
			Text: "Restart the pool with ./scripts/pool.sh restart.", Commands: []string{"./scripts/pool.sh restart"}},
		{Level: 2, Title: "Whom to escalate to", ID: "whom-to-escalate-to", Line: 24,
			Text: "Commerce #commerce-oncall", Items: []string{"Commerce | #commerce-oncall"}},
		{Level: 2, Title: "How to confirm", ID: "how-to-confirm-1", Line: 30, Holders: []string{"TBD"}},
	}
	if diff := cmp.Diff(want, d.Sections); diff != "" {
		t.Error(diff)
	}
}

func TestWholeTakesInWhatIsBelow(t *testing.T) {
	d := parsed(runbook)
	whole := d.Whole(2)
	if want := []string{"kubectl rollout undo deploy/orders", "./scripts/pool.sh restart"}; !slices.Equal(whole.Commands, want) {
		t.Errorf("commands %q, want %q", whole.Commands, want)
	}
	if len(d.Sections[2].Commands) != 1 {
		t.Error("Whole changed the section that it began with")
	}
	if n := len(d.Under(0)); n != 5 {
		t.Errorf("%d sections under the title, want 5", n)
	}
}

func TestFindFollowsFragments(t *testing.T) {
	d := parsed("# A\n\n## Dürfen & können!\n\n<a name=\"old-name\"></a>text\n\n## `go test` ./… 2x\n")
	for fragment, want := range map[string]int{
		"": 0, "a": 0, "dürfen--können": 1, "old-name": 1, "go-test--2x": 2, "nowhere": -1,
	} {
		if got := d.Find(fragment); got != want {
			t.Errorf("#%s is section %d, want %d (ids %q)", fragment, got, want, ids(d))
		}
	}
}

func ids(d Document) []string {
	var list []string
	for _, s := range d.Sections {
		list = append(list, s.ID)
	}
	return list
}

func TestWordsWithoutContentAreEmpty(t *testing.T) {
	for _, body := range []string{
		"", "TODO", "TBD.", "**TODO**: write this", "Lorem ipsum dolor sit amet.", "Describe here how to confirm the alert.",
		"Describe how to confirm it.", "<!-- kubectl rollout undo deploy/orders -->", "- TODO\n- TBD\n", "- [ ] TODO",
		"{{ steps }}", "[describe the steps]", "<name of the team>", "...", "n/a", "None.", "[TODO](#)", "[runbook](TODO)",
		"```sh\n# TODO\n```", "```\n...\n```", "```sh\n<command>\n```", "To be written.", "This section describes how to confirm.",
		"| TODO | TBD |\n|---|---|\n| - | - |\n", "Coming soon!", "![](TODO)", "[here](https://example.com/x)",
	} {
		d := parsed("## How to confirm\n\n" + body + "\n\n## How to mitigate\n")
		s := d.Sections[0]
		if s.Title != "How to confirm" || s.Text != "" || len(s.Commands)+len(s.Links) > 0 {
			t.Errorf("%q says something: %+v", body, s)
		}
	}
}

func TestProseIsNoPlaceholder(t *testing.T) {
	for _, body := range []string{
		"Look at the error rate per route.", "Call the team that is on call.", "Here is how: open the dashboard.",
		"None of the pods is ready: see `kubectl get pods -l app=orders`.", "Write-ahead logs pile up.",
		"List the pods that restart.", "This alert means that payments does not answer.", "Explain nothing; roll back.",
		"Your first step is to roll back.",
	} {
		if s := parsed("## A\n\n" + body + "\n").Sections[0]; s.Text == "" {
			t.Errorf("%q is taken for a placeholder", body)
		}
	}
}

func TestCommands(t *testing.T) {
	for span, want := range map[string]bool{
		"kubectl rollout undo deploy/orders": true, "$ curl -s http://x/readyz": true, "./scripts/drain.sh": true,
		"PGPASSWORD=x psql -h db": true, "sudo systemctl restart orders": true, "/usr/local/bin/failover now": true,
		"SELECT pid FROM pg_stat_activity": true, "select": false, "orders": false, "rollback": false, "error_rate": false,
		"kubectl": false, "/readyz": false, "trace_id is missing": false, "kubectl <command>": false, "": false, "make it work": true,
	} {
		if got := isCommand(span); got != want {
			t.Errorf("isCommand(%q) = %t", span, got)
		}
	}
}

func TestCodeOfOtherLanguagesIsNoCommand(t *testing.T) {
	d := parsed("## A\n\n```yaml\nkubectl: get pods\n```\n\n```go\nmake(chan int)\n```\n\n```sql\nSELECT 1\n```\n")
	if want := []string{"SELECT 1"}; !slices.Equal(d.Sections[0].Commands, want) {
		t.Errorf("commands %q, want %q", d.Sections[0].Commands, want)
	}
}

func TestFrontMatterKeepsLineNumbers(t *testing.T) {
	d := parsed("---\ntitle: How to confirm\n---\n# Real\n\ntext\n")
	if len(d.Sections) != 1 || d.Sections[0].Title != "Real" || d.Sections[0].Line != 4 {
		t.Errorf("%+v", d.Sections)
	}
}

func TestParseIsBounded(t *testing.T) {
	d := parsed(strings.Repeat("# h\n\n", 5000))
	if len(d.Sections) > maxSections+1 {
		t.Errorf("%d sections kept", len(d.Sections))
	}
	d = parsed("# h\n\n" + strings.Repeat("a sentence that says something. ", 1000))
	if len(d.Sections[0].Text) > maxText {
		t.Errorf("%d bytes of text kept", len(d.Sections[0].Text))
	}
}

// Each of these takes minutes when it is parsed whole.
func TestUnclosedMarksAreBounded(t *testing.T) {
	for _, mark := range []string{">", "[x](", "_a*", "[x](\n", "> _a*\n"} {
		source := strings.Repeat(mark, (1<<20)/len(mark))
		kept, from := bounded([]byte(source))
		if len(kept) > maxFile || from == 0 {
			t.Errorf("of 1 MiB of %q %d bytes are kept, from line %d on", mark, len(kept), from)
		}
		for _, paragraph := range strings.Split(string(kept), "\n\n") {
			if len(paragraph) > maxRun+maxLine {
				t.Errorf("of 1 MiB of %q a paragraph of %d bytes is kept", mark, len(paragraph))
			}
		}
	}
}

func TestLongTablesAndListsAreKept(t *testing.T) {
	source := "| alert | meaning |\n|---|---|\n" + strings.Repeat("| OrdersErrors | more than five in a hundred orders fail |\n", 300) +
		"\n" + strings.Repeat("- an item of a list that is long\n", 300)
	if kept, from := bounded([]byte(source)); string(kept) != source {
		t.Errorf("left out from line %d on", from)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(runbook))
	f.Add([]byte("---\n---\n"))
	f.Add([]byte("<a name=x>\n\n| a |\n|-|\n| `b c` |\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		d, _ := Parse(source)
		for i := range d.Sections {
			if len(d.Sections[i].Text) > maxText+1 {
				t.Errorf("section %d keeps %d bytes", i, len(d.Sections[i].Text))
			}
			d.Whole(i)
		}
	})
}
