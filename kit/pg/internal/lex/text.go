package lex

import (
	"strings"
	"unicode/utf8"
)

// maxText bounds [Text]: a log line and a span attribute should stay readable.
const maxText = 1024

// Text returns sql on one line for logs and traces: without comments, and with
// ? for every string and number, since those may be values of users. It is cut
// at 1 KiB.
func Text(sql string) string {
	s := scanner{rest: sql, line: 1}
	var b strings.Builder
	var last Token
	for b.Len() < maxText {
		before := len(s.rest)
		t, ok := s.next()
		if !ok {
			return b.String()
		}
		if t.Kind == Comment || t.Kind == Block {
			last.Kind = Comment
			continue
		}
		if b.Len() > 0 && (last.Kind == Comment || spaced(sql, before)) {
			b.WriteByte(' ')
		}
		b.WriteString(shown(t))
		last = t
	}
	text := b.String()[:maxText]
	for !utf8.ValidString(text) && len(text) > maxText-utf8.UTFMax {
		text = text[:len(text)-1]
	}
	return text + "…"
}

// spaced reports whether a space stood where before bytes were left.
func spaced(sql string, before int) bool {
	return strings.IndexByte(" \t\r\n\f\v", sql[len(sql)-before]) >= 0
}

func shown(t Token) string {
	switch t.Kind {
	case String, Number:
		return "?"
	case Quoted:
		return `"` + strings.ReplaceAll(t.Text, `"`, `""`) + `"`
	}
	return t.Text
}

// operations are the first words of statements that services send.
var operations = map[string]string{
	"select": "SELECT", "insert": "INSERT", "update": "UPDATE", "delete": "DELETE", "merge": "MERGE",
	"with": "WITH", "copy": "COPY", "call": "CALL", "begin": "BEGIN", "commit": "COMMIT", "rollback": "ROLLBACK",
	"values": "SELECT", "table": "SELECT",
}

// Operations are what [Operation] may return.
var Operations = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "COPY", "CALL", "BEGIN", "COMMIT", "ROLLBACK", Other}

// Other is the operation of a statement that is none of the usual ones.
const Other = "OTHER"

// Operation returns what a statement does, as one of few words: SELECT,
// INSERT, … or OTHER. It reads no further than the first word.
func Operation(sql string) string {
	s := scanner{rest: sql, line: 1}
	for {
		t, ok := s.next()
		switch {
		case !ok:
			return Other
		case t.Kind == Comment, t.Kind == Block, t.Is("("):
		default:
			if operation := operations[t.Text]; operation != "" && t.Kind == Word {
				return operation
			}
			return Other
		}
	}
}
