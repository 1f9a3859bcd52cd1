package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/golive-dev/golive/check"
)

var _ = register(Format{
	Name:    "html",
	Summary: "one self-contained page with every piece of evidence drawn",
	Write:   writeHTML,
})

//go:embed page
var pageFiles embed.FS

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"line":    func(s string) string { return line(s, maxLine) },
	"text":    text,
	"prose":   prose,
	"figure":  figureOf,
	"symbol":  outcomeSymbol,
	"ladder":  ladder,
	"grouped": grouped,
	"rungs":   rungs,
	"open":    func(r check.Result) bool { return r.Outcome == check.Failed },
	"diff":    diff,
	"proof":   proof,
}).ParseFS(pageFiles, "page/*.html"))

// document is what the template draws.
type document struct {
	Verdict  *check.Verdict
	Service  string
	Word     string
	Because  string
	Coverage string
	Facts    []fact
	Gates    []gate // the last one is over all gates
	Outcomes []check.Outcome
	Rungs    []rungCount
	Blockers []check.Result
	Sections []*section
	Policy   string
	Style    template.HTML
	Script   template.HTML
}

// writeHTML writes a page that needs no network and no script. What the page
// shows is escaped for its place by html/template; the content security
// policy, which allows golive's own style and script by their hashes and
// nothing else, is the second wall.
func writeHTML(w io.Writer, v *check.Verdict, _ Options) error {
	style, script := pageFile("page/page.css"), pageFile("page/page.js")
	p := document{
		Verdict: v, Service: serviceName(v), Coverage: coverage(v), Facts: facts(v),
		Gates: append(gates(v), all(v)), Outcomes: check.Outcomes(), Rungs: rungCounts(v),
		Blockers: blockers(v), Sections: sections(v),
		Policy: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", hash(style), hash(script)),
		Style:  template.HTML("<style>" + style + "</style>"),
		Script: template.HTML("<script>" + script + "</script>"),
	}
	p.Word, p.Because = verdictWords(v)
	if err := pageTemplate.ExecuteTemplate(w, "page.html", p); err != nil {
		return fmt.Errorf("write the verdict as HTML: %w", err)
	}
	return nil
}

// pageFile returns an embedded file. It cannot be missing: the build would
// have failed.
func pageFile(name string) string {
	b, _ := pageFiles.ReadFile(name)
	return string(b)
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// blockers returns the go-live requirements that fail: what to do first.
func blockers(v *check.Verdict) []check.Result {
	var list []check.Result
	for _, r := range v.Results {
		if r.Gate == check.GoLive && r.Outcome == check.Failed {
			list = append(list, r)
		}
	}
	return list
}

// rungCount is how many judged requirements need a rung of evidence, and how
// many reached it.
type rungCount struct {
	Rung           check.Rung
	Needs, Reached int
}

func rungCounts(v *check.Verdict) []rungCount {
	var counts []rungCount
	for rung := check.Proven; rung >= check.None; rung-- {
		c := rungCount{Rung: rung}
		for _, r := range v.Results {
			if r.Judged() && r.Needs == rung {
				c.Needs++
			}
			if r.Judged() && r.Reached == rung {
				c.Reached++
			}
		}
		counts = append(counts, c)
	}
	return counts
}

// outcomeSymbol returns the name of the sign of an outcome in the page, which
// is also its class. A verdict of a newer version may hold outcomes that
// this one does not know.
func outcomeSymbol(o check.Outcome) string {
	switch o {
	case check.Passed, check.Failed, check.Stale, check.Accepted:
		return string(o)
	case check.NotApplicable:
		return "na"
	}
	return "unknown"
}

// pip is one step of the ladder of evidence.
type pip struct{ Reached, Needed bool }

func ladder(r check.Result) []pip {
	var pips []pip
	for rung := check.Declared; rung <= check.Proven; rung++ {
		pips = append(pips, pip{r.Reached >= rung, r.Needs == rung})
	}
	return pips
}

// run is a stretch of prose, or of code that was written between backticks.
type run struct {
	Text string
	Code bool
}

func prose(s string) []run {
	parts := strings.Split(text(s), "`")
	var runs []run
	for i, part := range parts {
		if part != "" {
			runs = append(runs, run{part, i%2 == 1 && i < len(parts)-1})
		}
	}
	return runs
}

// diffLine is a line of a patch with what it does.
type diffLine struct{ Class, Text string }

func diff(patch string) []diffLine {
	var lines []diffLine
	isDiff := strings.Contains(patch, "@@") || strings.HasPrefix(patch, "--- ")
	for l := range strings.SplitSeq(text(patch), "\n") {
		class := ""
		switch {
		case !isDiff:
		case strings.HasPrefix(l, "+++") || strings.HasPrefix(l, "---") || strings.HasPrefix(l, "@@"):
			class = "meta"
		case strings.HasPrefix(l, "+"):
			class = "add"
		case strings.HasPrefix(l, "-"):
			class = "del"
		}
		lines = append(lines, diffLine{class, l})
	}
	return lines
}
