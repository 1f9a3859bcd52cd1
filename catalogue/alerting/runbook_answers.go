package alerting

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence/docs"
	"github.com/golive-dev/golive/service"
)

// question is one of the three that a runbook answers.
type question struct {
	name    string
	heading *regexp.Regexp
	// lacks says what the answer is missing, or "". known are names that the
	// owner declared.
	lacks func(s docs.Section, known []string) string
}

// questions hold the headings by which their answers are told.
var questions = []question{
	{"confirm", headings(`confirm`, `verif`, `diagnos`, `investigat`, `^check`, `how to check`, `symptom`, `triage`, `is it real`, `assess`, `detect`, `impact`, `debug`), saysNothing},
	{"mitigate", headings(`mitigat`, `\bfix`, `resolv`, `resolution`, `remed`, `recover`, `restor`, `repair`, `\bactions?\b`, `\bact\b`, `what to do`, `stop the bleeding`, `workaround`, `rollback`, `roll back`, `next steps`), doesNothing},
	{"escalate", headings(`escalat`, `contact`, `on[- ]?call`, `\bowner`, `who(?:m)? to (?:call|ask|page|wake)`, `get(?:ting)? help`, `ask for help`, `support`), namesNobody},
}

func headings(synonyms ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:` + strings.Join(synonyms, "|") + `)`)
}

func saysNothing(s docs.Section, _ []string) string {
	if s.Empty() || len(strings.Fields(s.Text)) < 3 && len(s.Commands) == 0 && len(s.Links) == 0 {
		return "says nothing" + placeholders(s)
	}
	return ""
}

func placeholders(s docs.Section) string {
	if len(s.Holders) == 0 {
		return ""
	}
	return fmt.Sprintf(" but %q", strings.Join(s.Holders, ", "))
}

func doesNothing(s docs.Section, known []string) string {
	if text := saysNothing(s, known); text != "" {
		return text
	}
	if len(s.Commands) == 0 && len(s.Links) == 0 {
		return "holds no command and no link to one"
	}
	return ""
}

var (
	// somebody is how a text says whom to turn to: a channel or handle, an
	// address, a number.
	somebody = regexp.MustCompile(`(?:^|[\s(|])[#@][A-Za-z][\w.-]+|[\w.+-]+@[\w-]+\.\w+|\+?\d[\d ()/-]{5,}\d`)
	// properName is a word in upper case that does not begin a sentence.
	properName = regexp.MustCompile(`[^\s.!?:;|] +[A-Z][\w'-]+`)
	teamName   = regexp.MustCompile(`([\w-]+) [Tt]eam\b`)
)

// vagueTeams are words before "team" that leave open which one is meant.
var vagueTeams = strings.Fields("the a an your our their this that right responsible appropriate owning relevant respective on-call oncall same other next whole")

// namesNobody reports what keeps an answer from saying whom to turn to.
func namesNobody(s docs.Section, known []string) string {
	text := strings.Join(append([]string{s.Text}, s.Items...), "\n")
	if strings.TrimSpace(text) == "" && len(s.Links) == 0 {
		return "says nothing" + placeholders(s)
	}
	named := len(s.Links) > 0 || somebody.MatchString(text) || properName.MatchString(text) ||
		slices.ContainsFunc(s.Items, isName) ||
		slices.ContainsFunc(teamName.FindAllStringSubmatch(text, -1), func(m []string) bool {
			return !slices.Contains(vagueTeams, strings.ToLower(m[1]))
		}) ||
		slices.ContainsFunc(known, func(name string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(name)) })
	if !named {
		return "names nobody: no person, team, channel, address, number or link"
	}
	return ""
}

// isName reports whether a list item is but a name: "Ann Miller".
func isName(item string) bool {
	words := strings.Fields(item)
	lower := slices.ContainsFunc(words, func(w string) bool { return w == strings.ToLower(w) })
	return len(words) > 0 && len(words) <= 3 && !lower
}

// knownNames are the team and the people of golive.yaml.
func knownNames(o service.Owner) []string {
	names := []string{o.Team}
	for _, c := range slices.Concat(o.Contacts, o.Alternates, o.Experts) {
		names = append(names, c.Name)
	}
	return slices.DeleteFunc(names, func(n string) bool { return len(n) < 3 })
}

// read looks for the answers in a document – all of it, or the section at
// index at – and returns them as a table, and what is missing.
func read(d docs.Document, at int, anchored bool, known []string) (answers *check.Table, gaps []string) {
	if anchored {
		d = docs.Document{Sections: append([]docs.Section{d.Sections[at]}, d.Under(at)...)}
	}
	answers = &check.Table{Columns: []string{"question", "section", "answer"}}
	for _, q := range questions {
		section, text := q.answer(d, known)
		answers.Rows = append(answers.Rows, []string{q.name, section, text})
		if text != answered {
			gaps = append(gaps, fmt.Sprintf("%s: %s", q.name, text))
		}
	}
	return answers, gaps
}

const answered = "answered"

// answer returns the section that answers the question best, and "answered"
// or what is wrong with it. The first heading, when others stand below it, is
// the title: an alert called OrdersCheckFailed confirms nothing.
func (q question) answer(d docs.Document, known []string) (section, text string) {
	text = "no section of that meaning"
	for i, s := range d.Sections {
		if isTitle := i == 0 && len(d.Under(0)) > 0; isTitle || !q.heading.MatchString(s.Title) {
			continue
		}
		lack := q.lacks(q.own(d, i), known)
		if lack == "" {
			return fmt.Sprintf("%q, line %d", s.Title, s.Line), answered
		}
		if section == "" {
			section, text = s.Title, fmt.Sprintf("%q (line %d) %s", s.Title, s.Line, lack)
		}
	}
	return section, text
}

// own returns section i with what is below it, save the sections there that
// answer another question.
func (q question) own(d docs.Document, i int) docs.Section {
	kept := docs.Document{Sections: []docs.Section{d.Sections[i]}}
	skip := 0 // the level of the section that is being left out
	for _, s := range d.Under(i) {
		if skip > 0 && s.Level > skip {
			continue
		}
		if skip = 0; q.isAnothers(s.Title) {
			skip = s.Level
			continue
		}
		kept.Sections = append(kept.Sections, s)
	}
	return kept.Whole(0)
}

func (q question) isAnothers(heading string) bool {
	return !q.heading.MatchString(heading) &&
		slices.ContainsFunc(questions, func(other question) bool { return other.heading.MatchString(heading) })
}
