package alerting

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/docs"
	"github.com/golive-dev/golive/evidence/rules"
	"github.com/golive-dev/golive/service"
)

// judgeSeverities judges whether the classes of alerts are documented: in
// golive.yaml or, for those that the alert rules use, in a document.
func judgeSeverities(p *check.Pass) error {
	s := p.Service()
	for _, class := range s.Severities {
		judgeClass(p, class)
	}
	alerts := ownAlerts(p)
	if len(s.Severities) > 0 {
		p.Showf(check.Found, s.Where("severities"), "severity classes: %s", classNames(s.Severities))
	} else if len(alerts) == 0 {
		if s.Name == "" {
			return errors.New("no severity classes are known: there are neither alert rules nor a golive.yaml; state them as severities in one")
		}
		p.Failf(check.Found, s.Where("severities"), "no severity classes: golive.yaml has no severities, and no alert rule uses one")
		return nil
	}
	for _, a := range alerts {
		judgeAlertsClass(p, a)
	}
	return nil
}

func judgeClass(p *check.Pass, class service.SeverityClass) {
	at := p.Service().Where("severities." + class.Name)
	if docs.Placeholder(class.Priority) {
		p.Failf(check.Found, at, "severity %s has no priority", class.Name)
	}
	if docs.Placeholder(class.Means) {
		p.Failf(check.Found, at, "severity %s does not say what it means", class.Name)
	}
}

func classNames(classes []service.SeverityClass) string {
	var names []string
	for _, c := range classes {
		names = append(names, fmt.Sprintf("%s (%s)", c.Name, c.Priority))
	}
	return strings.Join(names, ", ")
}

// judgeAlertsClass fails on an alert whose class nobody explains.
func judgeAlertsClass(p *check.Pass, a evidence.Item[rules.Alert]) {
	severity := a.Data.Severity()
	if docs.Placeholder(severity) {
		p.Failf(check.Found, a.Source.String(), "alert %s has no label severity", a.Data.Name)
		return
	}
	if strings.Contains(severity, "{{") || slices.ContainsFunc(p.Service().Severities, func(c service.SeverityClass) bool { return c.Name == severity }) {
		return
	}
	where := evidence.Source{File: a.Source.File, Line: a.Data.Lines["labels.severity"]}.String()
	if at := explained(p, severity); at != "" {
		p.Showf(check.Found, at, "the severity %s of alert %s is explained", severity, a.Data.Name)
		return
	}
	p.Failf(check.Found, where, "alert %s has the severity %s, which neither golive.yaml (severities) nor a document explains", a.Data.Name, severity)
}

// explained returns where a document says what a severity means: in a section
// of that name, or in a list item or table row that begins with it.
func explained(p *check.Pass, severity string) string {
	begins := regexp.MustCompile(`(?i)^\W*` + regexp.QuoteMeta(severity) + `\b\W+(.+)`)
	for _, d := range documents(p) {
		for _, s := range d.Data.Sections {
			titled := strings.EqualFold(strings.TrimSpace(s.Title), severity) && len(strings.Fields(s.Text)) > 2
			listed := slices.ContainsFunc(s.Items, func(item string) bool {
				m := begins.FindStringSubmatch(item)
				return m != nil && len(strings.Fields(m[1])) > 2 && !docs.Placeholder(m[1])
			})
			if titled || listed {
				return evidence.Source{File: d.Source.File, Line: s.Line}.String()
			}
		}
	}
	return ""
}
