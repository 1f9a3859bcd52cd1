package report

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escapes matches the sequences with which text steers a terminal: colours,
// cursor movements, titles, links.
var escapes = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\-~]`)

// clean returns s as valid UTF-8 without terminal escape sequences, and with
// every other control character, and those that reverse the direction of
// writing, replaced by a visible sign. Line breaks and tabs stay.
func clean(s string) string {
	if plain(s) {
		return s
	}
	s = escapes.ReplaceAllString(strings.ToValidUTF8(s, "\ufffd"), "")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\u2028' || r == '\u2029':
			return '\n'
		case unsafe(r):
			return '\ufffd'
		}
		return r
	}, s)
}

// plain reports whether s needs no cleaning, as nearly all text does not.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < ' ' && c != '\n' && c != '\t') || c >= 0x7f {
			return false
		}
	}
	return true
}

// unsafe reports whether r could change how its surroundings are shown: a
// control character, an override of the writing direction, or a code point
// that XML and HTML forbid.
func unsafe(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff' || r&0xfffe == 0xfffe
}

// line returns s cleaned, on one line, and of at most limit characters.
func line(s string, limit int) string {
	return cut(strings.Join(strings.Fields(clean(cutBytes(s, limit))), " "), limit)
}

// block returns s cleaned and without blank ends, of at most lines lines of
// limit characters, and how many lines were left out.
func block(s string, lines, limit int) (kept []string, left int) {
	kept = strings.Split(strings.Trim(clean(cutBytes(s, lines*limit)), "\n"), "\n")
	if more := len(kept) - lines; more > 0 {
		kept, left = kept[:lines], more
	}
	for i, l := range kept {
		kept[i] = cut(strings.TrimRight(strings.ReplaceAll(l, "\t", "    "), " "), limit)
	}
	return kept, left
}

// text is block as one string, for formats that keep line breaks.
func text(s string) string {
	kept, left := block(s, maxLines, maxLine)
	if left > 0 {
		kept = append(kept, "…")
	}
	return strings.Join(kept, "\n")
}

// cutBytes bounds the work on a text that is shown in part anyway: a
// character takes four bytes, and a longer text still ends in "…".
func cutBytes(s string, limit int) string {
	if most := 8*limit + 64; len(s) > most {
		return strings.ToValidUTF8(s[:most], "")
	}
	return s
}

func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

// The bounds of what formats other than JSON show of one evidence. What is
// left out is counted; the JSON report holds it.
const (
	maxLine  = 600 // characters
	maxLines = 200
	maxRows  = 200
	maxMarks = 60
	maxProof = 40 // pieces of evidence
)

// excerpt returns at most limit of the items, in their order, and how many it
// left out. The bad ones are kept before the others.
func excerpt[T any](items []T, limit int, bad func(T) bool) (kept []T, left int) {
	if len(items) <= limit {
		return items, 0
	}
	var order []int
	for pass := range 2 {
		for i, item := range items {
			if bad(item) == (pass == 0) {
				order = append(order, i)
			}
		}
	}
	order = order[:limit]
	slices.Sort(order)
	for _, i := range order {
		kept = append(kept, items[i])
	}
	return kept, len(items) - limit
}
