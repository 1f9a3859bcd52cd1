package scrape

import (
	"bytes"
	"strings"
)

// classic rewrites OpenMetrics as the classic text that expfmt reads, and
// returns the units that it declares by family. In OpenMetrics a counter's
// family has a shorter name than its samples, timestamps are fractions of
// seconds, samples may have exemplars, and there are more types.
func classic(body []byte) (text []byte, units map[string]string) {
	units = map[string]string{}
	types := map[string]string{}
	var out bytes.Buffer
	for line := range bytes.Lines(body) {
		s := strings.TrimRight(string(line), "\r\n")
		if s == "# EOF" {
			break
		}
		if rest, ok := strings.CutPrefix(s, "# "); ok {
			out.WriteString(comment(rest, types, units))
			continue
		}
		if s = sample(s, types); s != "" {
			out.WriteString(s)
			out.WriteByte('\n')
		}
	}
	return out.Bytes(), units
}

// comment rewrites a TYPE line and notes what it and a UNIT line say. HELP is
// left out: nobody reads it, and its name may not be that of the samples.
func comment(rest string, types, units map[string]string) string {
	word, rest, _ := strings.Cut(rest, " ")
	name, value, _ := strings.Cut(rest, " ")
	switch word {
	case "UNIT":
		units[name], units[name+"_total"] = value, value
	case "TYPE":
		types[name] = value
		if kind, ok := classicTypes[value]; ok {
			return "# TYPE " + name + kind.suffix + " " + kind.name + "\n"
		}
	}
	return ""
}

// classicTypes are the classic types of OpenMetrics' and the suffix of their
// samples. What is missing reads as untyped.
var classicTypes = map[string]struct{ name, suffix string }{
	"counter":   {"counter", "_total"},
	"gauge":     {"gauge", ""},
	"histogram": {"histogram", ""},
	"summary":   {"summary", ""},
	"info":      {"gauge", "_info"},
	"stateset":  {"gauge", ""},
}

// sample returns the name, labels and value of a line; "" for the time at
// which a series was created, which is no series of its own.
func sample(s string, types map[string]string) string {
	end := afterLabels(s)
	name, _, _ := strings.Cut(s[:end], "{")
	if family, ok := strings.CutSuffix(name, "_created"); ok {
		switch types[family] {
		case "counter", "histogram", "summary", "gaugehistogram":
			return ""
		}
	}
	fields := strings.Fields(s[end:])
	if len(fields) == 0 {
		return s // for the parser to complain about
	}
	return s[:end] + " " + fields[0]
}

// afterLabels returns where the name and labels of a sample end. A quoted
// label may hold a brace.
func afterLabels(s string) int {
	open := strings.IndexAny(s, "{ ")
	if open < 0 || s[open] == ' ' {
		return max(open, 0)
	}
	quoted := false
	for i := open; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '}' && !quoted:
			return i + 1
		}
	}
	return len(s)
}
