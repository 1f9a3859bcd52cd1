package rules

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// maxRules bounds what one file may bring: more than four times the rules of
// all public mixins together.
const maxRules = 10_000

// Parse returns a record per rule of a YAML file, and none for YAML of
// another format. A file that is no YAML costs one problem.
func Parse(path string, text []byte) []evidence.Record {
	p := parser{path: path}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return p.records
		}
		if err != nil {
			return append(p.records, files.Problemf(path, lineOf(err), "the rules are no YAML: %v", err))
		}
		if document.Kind == yaml.DocumentNode && len(document.Content) > 0 {
			p.object(resolve(document.Content[0]))
		}
	}
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

func lineOf(err error) int {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return 0
	}
	line, _ := strconv.Atoi(m[1]) //nolint:errcheck // too large a number is line 0, the whole file
	return line
}

type parser struct {
	path    string
	records []evidence.Record
}

// object reads a rule file, a PrometheusRule, or a List that holds some.
func (p *parser) object(n *yaml.Node) {
	switch kind := scalar(n, "kind"); kind {
	case "":
		p.groups(value(n, "groups"))
	case "PrometheusRule":
		p.groups(value(value(n, "spec"), "groups"))
	case "List", "PrometheusRuleList":
		for _, item := range items(value(n, "items")) {
			if scalar(item, "kind") == "PrometheusRule" {
				p.groups(value(value(item, "spec"), "groups"))
			}
		}
	}
}

func (p *parser) groups(groups *yaml.Node) {
	for _, group := range items(groups) {
		name := scalar(group, "name")
		for _, rule := range items(value(group, "rules")) {
			p.rule(name, rule)
		}
	}
}

func (p *parser) rule(group string, n *yaml.Node) {
	if len(p.records) >= maxRules {
		return
	}
	at := evidence.Source{File: p.path, Line: n.Line}
	expr := scalar(n, "expr")
	switch alert, record := scalar(n, "alert"), scalar(n, "record"); {
	case alert != "":
		p.add(evidence.New(AlertKind, at, Alert{
			Name: alert, Group: group, Expr: expr, For: scalar(n, "for"),
			Labels: mapping(value(n, "labels")), Annotations: mapping(value(n, "annotations")),
			Lines: linesOf(n),
		}))
	case record != "":
		p.add(evidence.New(RecordingKind, at, Recording{Name: record, Group: group, Expr: expr, Labels: mapping(value(n, "labels"))}))
	}
}

func (p *parser) add(r evidence.Record) {
	p.records = append(p.records, r)
	if len(p.records) == maxRules {
		p.records = append(p.records, files.Problemf(p.path, r.Source.Line, "more than %d rules; the rest is left out", maxRules))
	}
}

// linesOf returns the lines at which a rule's keys stand.
func linesOf(rule *yaml.Node) map[string]int {
	lines := map[string]int{}
	for i := 0; i+1 < len(rule.Content); i += 2 {
		key, v := rule.Content[i], resolve(rule.Content[i+1])
		lines[key.Value] = key.Line
		if v.Kind != yaml.MappingNode {
			continue
		}
		for j := 0; j+1 < len(v.Content); j += 2 {
			lines[key.Value+"."+v.Content[j].Value] = v.Content[j].Line
		}
	}
	return lines
}
