package docs

import (
	"regexp"
	"strings"
	"unicode"
)

// Placeholder reports whether a sentence only holds the place of one that
// somebody meant to write: "TODO", "TBD.", "describe here how to …", "lorem
// ipsum", "<insert name>", "-".
func Placeholder(sentence string) bool {
	s := strings.ToLower(strings.Trim(strings.TrimSpace(sentence), "*_`>#•-–—:.!?…()[] \t"))
	return s == "" || !hasWord(s) || placeholderWords.MatchString(s) || wrapped(sentence)
}

// The patterns match at the beginning of a sentence, save those that say
// nothing anywhere.
var placeholderWords = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`todos?\b`, `tbds?\b`, `t\.b\.d`, `tba\b`, `tbc\b`, `tbw\b`, `fix ?me\b`, `xxx+`, `wip\b`,
	`n/?a$`, `none$`, `nothing(?: yet)?$`, `unknown$`, `empty$`, `placeholder`, `lorem\b`,
	`(?:to be|will be|must be|needs to be) (?:written|done|defined|decided|determined|added|completed|filled|documented|described)`,
	`(?:coming|more) soon`, `(?:under construction|work in progress|not (?:yet )?(?:written|documented|defined|done|available))`,
	`(?:this section|this part|this) (?:is|will be|needs|should|describes how|is intended|is a (?:placeholder|stub|template))`,
	`(?:please )?(?:describe|explain|write|add|insert|fill|list|enter|document|put|provide|state|specify|replace)\b.{0,60}\b(?:here|below|this section|placeholder)$`,
	`(?:please )?(?:describe|explain|insert|fill in|write down|document)\b (?:how|what|who|whom|where|when|the steps|steps|your|a short|in)\b`,
	`(?:your|insert|add|some) .{0,30}here$`, `here$`, `text$`, `content$`, `\.\.\.$`,
}, "|") + `)|lorem ipsum|\bdescribe here\b|\bto be (?:written|defined|determined|documented)\b|\bfill (?:me|this) in\b`)

// wrapped reports whether the whole sentence is a template's field:
// "<name of the team>", "{{ steps }}", "[describe the steps]".
func wrapped(sentence string) bool {
	s := strings.TrimRight(strings.TrimSpace(sentence), ".")
	return fieldPattern.MatchString(s)
}

var fieldPattern = regexp.MustCompile(`^(?:<[^<>]+>|\{\{?[^{}]+\}?\}|\[[^\[\]]+\])$`)

func hasWord(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

var sentenceEnd = regexp.MustCompile(`[.!?;](?:\s+|$)|\s[–—]\s`)

// withoutPlaceholders returns what prose says besides placeholders, and the
// placeholders. What follows "TODO:" in one paragraph is what is still to be
// said, so it counts for nothing either.
func withoutPlaceholders(prose string) (said string, holders []string) {
	var kept []string
	for _, sentence := range sentences(prose) {
		if strings.TrimSpace(sentence) == "" {
			continue
		}
		if !Placeholder(sentence) {
			kept = append(kept, strings.TrimSpace(sentence))
			continue
		}
		if hasWord(sentence) {
			holders = append(holders, cut(strings.TrimSpace(sentence), 80))
		}
	}
	return strings.Join(kept, " "), holders
}

func sentences(prose string) []string {
	var list []string
	for prose != "" {
		at := sentenceEnd.FindStringIndex(prose)
		if at == nil {
			return append(list, prose)
		}
		list = append(list, prose[:at[1]])
		prose = prose[at[1]:]
	}
	return list
}

// deadTarget reports whether a link leads nowhere: "#", "TODO", an address
// reserved for examples (RFC 2606).
func deadTarget(to string) bool {
	to = strings.TrimSpace(to)
	return to == "" || to == "#" || to == "." || Placeholder(to) || exampleHost.MatchString(to)
}

var exampleHost = regexp.MustCompile(`(?i)^(?:https?://|mailto:)(?:[^/@]*[@.])?example\.(?:com|org|net)(?:[/:?#]|$)`)
