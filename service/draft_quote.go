package service

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Text that YAML reads as text without quotes, in flow style too.
var bare = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./@-]*( [A-Za-z0-9_./@-]+)*$`)

// Words that YAML takes, or once took, for something else.
var notText = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|y|n|null)$`)

// quote writes text as a YAML scalar that is read back as it is. Go's escapes
// are all YAML's too.
func quote(s string) string {
	if bare.MatchString(s) && !notText.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

// flow writes what JSON can hold in YAML's flow style.
func flow(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, quote(key)+": "+flow(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, item := range v {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return quote(v)
	case nil:
		return "null"
	}
	if text, err := json.Marshal(value); err == nil {
		return string(text)
	}
	return strconv.Quote(fmt.Sprint(value))
}

// flowList writes texts in YAML's flow style.
func flowList(list []string) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = quote(s)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// oneLine makes text fit for a comment.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}
