package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/evidencetest"
	"github.com/golive-dev/golive/evidence/files"
)

const ruleFile = `groups:
  - name: orders
    rules:
      - record: orders:errors:rate5m
        expr: sum(rate(http_requests_total{status=~"5.."}[5m]))
        labels: {service: orders}
      - alert: OrdersErrors
        expr: |
          orders:errors:rate5m > 0.05
        for: 5m
        labels: &page
          severity: page
        annotations:
          summary: "{{ $value }} errors a second"
          runbook_url: docs/runbooks/errors.md#confirm
      - alert: OrdersSlow
        expr: job:latency:p99 > 0.5
        labels: *page
        annotations: {runbook: docs/runbooks/slow.md}
`

const object = `# the operator's form
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: orders}
spec:
  groups:
    - name: orders
      rules:
        - alert: OrdersDown
          expr: up == 0
---
kind: ConfigMap
data: {groups: none}
---
kind: List
items:
  - kind: PrometheusRule
    spec: {groups: [{rules: [{alert: InList, expr: "1"}]}]}
`

func TestCollector(t *testing.T) {
	evidencetest.Run(t, Collector{}, map[string]string{
		"rules/orders.yaml":       ruleFile,
		"deploy/alerts.yml":       object,
		"monitoring/orders.rules": ruleFile,
	})
}

func alerts(t *testing.T, text string) []evidence.Item[Alert] {
	t.Helper()
	return evidence.All[Alert](evidence.NewSet(nil, evidence.Build{}, Parse("r.yaml", []byte(text))), AlertKind)
}

func TestParseReadsARuleFile(t *testing.T) {
	all := alerts(t, ruleFile)
	want := []evidence.Item[Alert]{
		{Source: evidence.Source{File: "r.yaml", Line: 7}, Data: Alert{
			Name: "OrdersErrors", Group: "orders", Expr: "orders:errors:rate5m > 0.05\n", For: "5m",
			Labels:      map[string]string{"severity": "page"},
			Annotations: map[string]string{"summary": "{{ $value }} errors a second", "runbook_url": "docs/runbooks/errors.md#confirm"},
			Lines: map[string]int{"alert": 7, "expr": 8, "for": 10, "labels": 11, "labels.severity": 12,
				"annotations": 13, "annotations.summary": 14, "annotations.runbook_url": 15},
		}},
		{Source: evidence.Source{File: "r.yaml", Line: 16}, Data: Alert{
			Name: "OrdersSlow", Group: "orders", Expr: "job:latency:p99 > 0.5",
			Labels:      map[string]string{"severity": "page"},
			Annotations: map[string]string{"runbook": "docs/runbooks/slow.md"},
			Lines:       map[string]int{"alert": 16, "expr": 17, "labels": 18, "labels.severity": 12, "annotations": 19, "annotations.runbook": 19},
		}},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
	if all[1].Data.Severity() != "page" {
		t.Error("a label behind an alias is not read")
	}
}

func TestRunbookLinks(t *testing.T) {
	for _, c := range []struct{ annotations, link, key string }{
		{"runbook_url: a", "a", "annotations.runbook_url"},
		{"runbook: b", "b", "annotations.runbook"},
		{"runbook: b, runbook_url: a", "a", "annotations.runbook_url"},
		{"summary: see the runbook", "", ""},
		{"runbook_url: ", "", ""},
	} {
		all := alerts(t, "groups: [{rules: [{alert: A, expr: '1', annotations: {"+c.annotations+"}}]}]\n")
		if link, key := all[0].Data.Runbook(); link != c.link || key != c.key {
			t.Errorf("{%s}: %q under %q", c.annotations, link, key)
		}
	}
}

func TestParseReadsTheOperatorsObjects(t *testing.T) {
	var names []string
	for _, a := range alerts(t, object) {
		names = append(names, a.Source.String()+" "+a.Data.Name)
	}
	if diff := cmp.Diff([]string{"r.yaml:9 OrdersDown", "r.yaml:18 InList"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoRuleFile(t *testing.T) {
	for name, text := range map[string]string{
		"a role":           "kind: ClusterRole\nrules: [{apiGroups: ['']}]\n",
		"prose":            "groups and rules: alert OrdersDown, expr, for 5m, runbook_url\n",
		"groups of people": "groups: {ops: [ann, bob]}\n",
		"an empty file":    "",
		"a scalar rule":    "groups: [{rules: [OrdersDown, 3, null]}]\n",
		"another object":   "kind: ConfigMap\ngroups: [{rules: [{alert: A, expr: '1'}]}]\n",
	} {
		if records := Parse("r.yaml", []byte(text)); len(records) != 0 {
			t.Errorf("%s gave %+v", name, records)
		}
	}
}

func TestBrokenFileCostsOneProblem(t *testing.T) {
	records := Parse("r.yaml", []byte("groups:\n  - name: a\n    rules: [\n  expr: {{ .Values.x }}\n"))
	if len(records) != 1 || records[0].Kind != files.ProblemKind || records[0].Source.Line == 0 {
		t.Errorf("%+v", records)
	}
}

func TestRulesAreBounded(t *testing.T) {
	text := "groups:\n- rules:\n" + strings.Repeat("  - {alert: A, expr: '1'}\n", maxRules+100)
	records := Parse("r.yaml", []byte(text))
	last := records[len(records)-1]
	if len(records) != maxRules+1 || last.Kind != files.ProblemKind {
		t.Errorf("%d records, the last %+v", len(records), last)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(ruleFile))
	f.Add([]byte(object))
	f.Add([]byte("groups: &a [*a]\n"))
	f.Add([]byte("kind: List\nitems: &a [*a, {kind: PrometheusRule, spec: *a}]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, r := range Parse("r.yaml", text) {
			if r.Source.File != "r.yaml" || r.Source.Line < 0 {
				t.Errorf("source %+v", r.Source)
			}
		}
	})
}
