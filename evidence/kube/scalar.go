package kube

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// scalar writes a single value, typed as kubectl types it.
func (c *converter) scalar(n *yaml.Node) error {
	if c.redact && c.secret() {
		c.text(redacted(n.Value))
		return nil
	}
	switch n.ShortTag() {
	case "!!null":
		c.json = append(c.json, "null"...)
	case "!!bool":
		c.json = append(c.json, strings.ToLower(n.Value)...)
	case "!!int", "!!float":
		return c.number(n)
	default:
		c.stringOrOldBool(n)
	}
	return nil
}

// secret reports whether the current path is a value of a Secret, in its
// data or in the copy of itself that kubectl leaves in an annotation.
func (c *converter) secret() bool {
	path := string(c.path)
	return strings.HasPrefix(path, "data.") || strings.HasPrefix(path, "stringData.") || strings.HasPrefix(path, "metadata.annotations.kubectl")
}

// redacted leaves out a value unless it is one of a template, which is filled
// in when the manifest is applied: ${DB_PASSWORD}, <path:secret/db#password>.
func redacted(value string) string {
	if value == "" || template.MatchString(value) {
		return value
	}
	return "(left out)"
}

var template = regexp.MustCompile(`^(?:\$\{[\w.:-]+\}|\$\(\w+\)|<[^<>]+>|\{\{[^{}]*\}\})$`)

func (c *converter) number(n *yaml.Node) error {
	if plainInteger(n.Value) {
		c.json = append(c.json, n.Value...)
		return nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return fmt.Errorf("line %d: %q is no number", n.Line+c.offset, n.Value)
	}
	if f, ok := v.(float64); ok && (math.IsInf(f, 0) || math.IsNaN(f)) {
		return fmt.Errorf("line %d: %s cannot stand in a Kubernetes object", n.Line+c.offset, n.Value)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line+c.offset, err)
	}
	c.json = append(c.json, text...)
	return nil
}

// plainInteger reports whether s is an integer in JSON too: 0644 and 1_000
// are not.
func plainInteger(s string) bool {
	if s == "" || len(s) > 15 || (s[0] == '0' && len(s) > 1) {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// stringOrOldBool writes text. kubectl reads YAML 1.1, in which a bare yes or
// off is a boolean; the parser here reads 1.2, in which it is text.
func (c *converter) stringOrOldBool(n *yaml.Node) {
	if n.Style == 0 {
		switch n.Value {
		case "yes", "Yes", "YES", "on", "On", "ON":
			c.json = append(c.json, "true"...)
			return
		case "no", "No", "NO", "off", "Off", "OFF":
			c.json = append(c.json, "false"...)
			return
		}
	}
	c.text(n.Value)
}

// text writes a JSON string, most of which need no escape.
func (c *converter) text(s string) {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b == '"' || b == '\\' || b >= utf8.RuneSelf || b == '<' || b == '>' || b == '&' {
			quoted, _ := json.Marshal(s) //nolint:errcheck // a string always marshals
			c.json = append(c.json, quoted...)
			return
		}
	}
	c.json = append(c.json, '"')
	c.json = append(c.json, s...)
	c.json = append(c.json, '"')
}
