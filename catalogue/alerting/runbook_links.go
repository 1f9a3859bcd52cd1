package alerting

import (
	"errors"
	"fmt"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/docs"
	"github.com/golive-dev/golive/evidence/rules"
)

var _ = check.Register(check.Check{
	ID:    "alerting/runbook-links",
	Title: "Every alert links to a runbook that answers what whoever is called must know",
	Why: `Whoever is woken by an alert has minutes, and often did not write the service. Of 108 public
runbooks 93 say how to look, 81 how to mitigate and 2 whom to escalate to.`,
	Gate:  check.GoLive,
	Needs: check.Found,
	How: `Each alert's annotation runbook_url (or runbook) must lead to a Markdown file of the repository:
by its path, or by a URL whose path ends in one. The document – or, with a #fragment, that
section – must hold three sections, told by their headings whatever the case:
confirm (also verify, diagnose, investigate, check, symptoms, triage, assess, detect, impact, debug, "is it real"),
mitigate (also fix, resolve, remediate, recover, restore, repair, act, roll back, workaround, "what to do", "next steps", "stop the bleeding"),
escalate (also contact, on-call, owner, support, "whom to call", "get help").
Each must say something besides TODO and the like; mitigate must hold a command or a link, and
escalate a name, a channel, an address, a number or a link. A link to elsewhere cannot be
followed offline: that alert is undecided.`,
	Reads: []evidence.Kind{rules.AlertKind, docs.Kind},
	Judge: judgeRunbooks,
	Remedy: check.Remedy{Text: `Write a document per alert, or one with a section per alert, with the headings "How to confirm",
"How to mitigate now" and "Whom to escalate to", and put its path into annotations.runbook_url.`,
		Patch: patchRunbook},
})

func judgeRunbooks(p *check.Pass) error {
	alerts := ownAlerts(p)
	if len(alerts) == 0 {
		return errors.New("no alert rules were found, so there is no runbook to look at; put the Prometheus rules or PrometheusRule objects of the service into the repository")
	}
	library := documents(p)
	var undecided []error
	for _, a := range alerts {
		undecided = append(undecided, judgeRunbook(p, a, library))
	}
	return errors.Join(undecided...)
}

func judgeRunbook(p *check.Pass, a evidence.Item[rules.Alert], library []evidence.Item[docs.Document]) error {
	link, key := a.Data.Runbook()
	if docs.Placeholder(link) {
		p.Failf(check.Found, a.Source.String(), "alert %s links to no runbook: it has neither annotations.runbook_url nor annotations.runbook", a.Data.Name)
		return nil
	}
	where := evidence.Source{File: a.Source.File, Line: a.Data.Lines[key]}.String()
	target, fragment, err := resolve(link, a.Source.File, library)
	switch {
	case errors.Is(err, errElsewhere):
		return fmt.Errorf("alert %s (%s): the runbook %s is not in the repository and cannot be followed offline; keep it beside the rules", a.Data.Name, where, link)
	case errors.Is(err, errForeign):
		return fmt.Errorf("alert %s (%s): the runbook %s is no Markdown, which is all that golive reads; write it as .md", a.Data.Name, where, link)
	case err != nil:
		p.Failf(check.Found, where, "alert %s: the runbook %s leads nowhere: %v", a.Data.Name, link, err)
		return nil
	}
	at := target.Data.Find(fragment)
	if at < 0 {
		p.Failf(check.Found, where, "alert %s: %s has no section #%s", a.Data.Name, target.Source.File, fragment)
		return nil
	}
	answers, gaps := read(target.Data, at, fragment != "", knownNames(p.Service().Owner))
	if len(gaps) == 0 {
		p.Showf(check.Found, where, "alert %s: %s answers how to confirm, mitigate and escalate", a.Data.Name, place(target, at))
		return nil
	}
	p.Fail(check.Evidence{
		Rung: check.Found, Where: place(target, at),
		Text:   fmt.Sprintf("alert %s (%s): its runbook %s", a.Data.Name, where, strings.Join(gaps, "; ")),
		Detail: &check.Detail{Table: answers},
	})
	return nil
}

// place is where a section stands; with only one it is the document.
func place(d evidence.Item[docs.Document], section int) string {
	return evidence.Source{File: d.Source.File, Line: d.Data.Sections[section].Line}.String()
}

// ownAlerts returns the alerts that are about the service: all but those
// whose labels name another one.
func ownAlerts(p *check.Pass) []evidence.Item[rules.Alert] {
	var own []evidence.Item[rules.Alert]
	for _, a := range evidence.All[rules.Alert](p.Set, rules.AlertKind) {
		if !aboutAnother(a.Data, p.Service().Name) {
			own = append(own, a)
		}
	}
	return own
}

func aboutAnother(a rules.Alert, service string) bool {
	for _, label := range []string{"service", "app", "component"} {
		if v := a.Labels[label]; v != "" && service != "" && !strings.Contains(v, "{{") {
			return !strings.Contains(v, service)
		}
	}
	return false
}

func patchRunbook(p *check.Pass) string {
	name := "ALERT"
	for _, a := range ownAlerts(p) {
		if link, _ := a.Data.Runbook(); link == "" {
			name = a.Data.Name
			break
		}
	}
	file := "docs/runbooks/" + strings.ToLower(name) + ".md"
	return fmt.Sprintf(`# in the alert's rule
annotations:
  runbook_url: %s

# %s
# %s
## How to confirm
## How to mitigate now
## Whom to escalate to
`, file, file, name)
}
