// Package rules collects alerting and recording rules: from Prometheus' own
// rule files, and from PrometheusRule objects of its operator.
package rules

import (
	"github.com/golive-dev/golive/evidence"
)

// The kinds of records that the collector emits, with the type of their data.
// The source is the line of the rule.
const (
	AlertKind     evidence.Kind = "rules/alert"     // Alert
	RecordingKind evidence.Kind = "rules/recording" // Recording
)

// Alert is an alerting rule.
type Alert struct {
	Name        string            `json:"name"`
	Group       string            `json:"group,omitempty"`
	Expr        string            `json:"expr"`
	For         string            `json:"for,omitempty"` // as Prometheus writes it: "5m"
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	// Lines holds the lines of the file at which the keys "expr", "for",
	// "labels.NAME" and "annotations.NAME" stand.
	Lines map[string]int `json:"lines,omitempty"`
}

// Recording is a rule that records an expression as a new series.
type Recording struct {
	Name   string            `json:"name"`
	Group  string            `json:"group,omitempty"`
	Expr   string            `json:"expr"`
	Labels map[string]string `json:"labels,omitempty"`
}

// Severity returns the value of the label severity, or "".
func (a Alert) Severity() string { return a.Labels["severity"] }

// Runbook returns the link to the alert's runbook and the annotation that
// holds it: runbook_url, as the Prometheus community writes it, or runbook.
// Both are empty when there is none.
func (a Alert) Runbook() (link, key string) {
	for _, name := range []string{"runbook_url", "runbook"} {
		if v := a.Annotations[name]; v != "" {
			return v, "annotations." + name
		}
	}
	return "", ""
}
