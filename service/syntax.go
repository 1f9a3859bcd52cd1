package service

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	yamlError     = regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// syntax notes what the YAML parser says about text.
func syntax(f *findings, text []byte, err error) {
	line, problem := 0, err.Error()
	if m := yamlError.FindStringSubmatch(problem); m != nil {
		line, _ = strconv.Atoi(m[1])
		problem = m[2]
	}
	switch m := unknownAnchor.FindStringSubmatch(problem); {
	case m != nil:
		line = lineOf(text, bytes.Index(text, []byte("*"+m[1])))
	case line == 0:
		line = lineOf(text, unreadable(text))
	case strings.HasPrefix(problem, "did not find expected"):
		line++ // here the parser counts from 0, elsewhere from 1
	}
	f.add(line, "", problem, "well-formed YAML")
}

// lineOf returns the line of a byte of text, 1 for none.
func lineOf(text []byte, offset int) int {
	return bytes.Count(text[:max(0, offset)], []byte("\n")) + 1
}

// unreadable returns the offset of the first character that no YAML may
// hold, or -1: the parser does not say where it is.
func unreadable(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return i
		}
		i += size
	}
	return -1
}
