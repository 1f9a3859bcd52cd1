package observability

import (
	"regexp"
	"strconv"
	"strings"
)

// pair matches key=value and key="a value" in a line of text.
var pair = regexp.MustCompile(`(?:^|[\s\[({,;])([A-Za-z_@][\w.@-]*)=("(?:[^"\\]|\\.)*"|[^\s,;)\]}]+)`)

// restOfText is the key of what a line says outside its pairs. No key of a
// logger is like it.
const restOfText = "\x00text"

// readEntry reads a line of any form. One that is no JSON object has the pairs
// that it holds, as logfmt writes them, and under restOfText what is left.
func readEntry(line string) entry {
	if e, ok := parseEntry(line); ok {
		return e
	}
	e := entry{}
	for _, m := range pair.FindAllStringSubmatch(line, -1) {
		value := m[2]
		if text, err := strconv.Unquote(value); err == nil {
			value = text
		}
		e.add(strings.ToLower(m[1]), value)
	}
	e.add(restOfText, strings.TrimSpace(pair.ReplaceAllString(line, "")))
	return e
}
