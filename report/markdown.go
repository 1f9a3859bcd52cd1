package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/golive-dev/golive/check"
)

var _ = register(Format{
	Name:    "markdown",
	Summary: "GitHub-flavoured Markdown, for a comment on a pull request",
	Write:   writeMarkdown,
})

// maxComment is below the 65,536 characters that GitHub takes for a comment;
// GitLab takes a million.
const maxComment = 60_000

func writeMarkdown(w io.Writer, v *check.Verdict, _ Options) error {
	var b strings.Builder
	word, because := verdictWords(v)
	fmt.Fprintf(&b, "## %s: %s\n\n%s. %s.\n\n", md(serviceName(v)), word, upper(because), upper(coverage(v)))
	markdownCounts(&b, v)
	skipped := 0
	for _, s := range sections(v) {
		for _, r := range s.Judged {
			if r.Outcome.Holds() {
				continue
			}
			entry := markdownResult(r)
			if b.Len()+len(entry) > maxComment-1000 {
				skipped++
				continue
			}
			b.WriteString(entry)
		}
	}
	if skipped > 0 {
		fmt.Fprintf(&b, "… and %d more, for which there is no room here; see the HTML report.\n\n", skipped)
	}
	b.WriteString("<sub>" + markdownFacts(v) + "</sub>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownCounts(b *strings.Builder, v *check.Verdict) {
	b.WriteString("| gate |")
	for _, o := range check.Outcomes() {
		fmt.Fprintf(b, " %s |", o)
	}
	b.WriteString(" not judged |\n|---|" + strings.Repeat("--:|", len(check.Outcomes())+1) + "\n")
	for _, g := range gates(v) {
		fmt.Fprintf(b, "| %s |", g.Name)
		for _, o := range check.Outcomes() {
			fmt.Fprintf(b, " %d |", g.Counts[o])
		}
		fmt.Fprintf(b, " %d |\n", g.Unjudged)
	}
	b.WriteString("\n")
}

func markdownResult(r check.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<details><summary>%s <b>%s</b>: %s (%s, %s)</summary>\n\n",
		symbol(r.Outcome), md(line(string(r.Outcome), 20)), md(line(r.Title, 300)), md(line(r.ID, 120)), md(line(string(r.Gate), 20)))
	fmt.Fprintf(&b, "%s\n\n", md(line(r.Reason, maxLine)))
	kept, left := excerpt(offending(r), 8, against)
	for _, e := range kept {
		fmt.Fprintf(&b, "- **%s**: %s\n", md(line(e.Where, 200)), md(line(e.Text, maxLine)))
	}
	if left > 0 {
		fmt.Fprintf(&b, "- … and %d more\n", left)
	}
	fmt.Fprintf(&b, "\n**Why** %s\n\n**Remedy** %s\n\n", md(line(r.Why, 1000)), md(line(r.Remedy.Text, 1000)))
	if r.Remedy.Patch != "" {
		b.WriteString(fenced("diff", text(r.Remedy.Patch)))
	}
	b.WriteString(fenced("sh", line(r.Remedy.Recheck, maxLine)) + "</details>\n\n")
	return b.String()
}

func markdownFacts(v *check.Verdict) string {
	var parts []string
	for _, f := range facts(v) {
		parts = append(parts, f.Name+" "+md(f.Value))
	}
	return strings.Join(parts, " · ")
}

// mdEscaper makes text stand for itself: no markup, no HTML, no links, and no
// mention or reference, which would notify strangers. Backslashes do not stop
// those, as they are looked for in the rendered text; a word joiner does.
var mdEscaper = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;",
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "~", `\~`, "|", `\|`, "[", `\[`, "]", `\]`, "!", `\!`, "$", `\$`,
	"@", "@\u2060", "#", "\\#\u2060", "://", ":\u2060//", "www.", "www\u2060.",
)

func md(s string) string { return mdEscaper.Replace(s) }

// fenced returns s as a block of code, between fences longer than any inside.
func fenced(language, s string) string {
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + language + "\n" + s + "\n" + fence + "\n\n"
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// symbol returns a sign for the outcome; each has a shape of its own.
func symbol(o check.Outcome) string {
	switch o {
	case check.Failed:
		return "✕"
	case check.Stale:
		return "◷"
	case check.Accepted:
		return "◆"
	case check.Passed:
		return "✓"
	case check.NotApplicable:
		return "–"
	}
	return "?"
}
