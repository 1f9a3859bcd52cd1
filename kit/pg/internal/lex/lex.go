// Package lex reads SQL as PostgreSQL's lexer does: well enough to know what
// is a statement and what only looks like one in a comment or a string.
package lex

import "strings"

// Kind is what a token is.
type Kind int

// The kinds of tokens.
const (
	Word    Kind = iota // a keyword or a name without quotes, in lower case
	Quoted              // a name in quotes, without them
	String              // a string, its content as written; dollar-quoted ones too
	Number              // a number
	Param               // $1 and the like
	Symbol              // any other character
	Comment             // a comment to the end of the line, without its dashes
	Block               // a comment between /* and */
)

// Token is one word of SQL.
type Token struct {
	Kind Kind
	Text string
	Line int // counted from 1
}

// Is reports whether t is the unquoted word or the symbol text.
func (t Token) Is(text string) bool {
	return (t.Kind == Word || t.Kind == Symbol) && t.Text == text
}

// Tokens returns all tokens of sql with the comments. It never fails: what is
// not closed reaches to the end.
func Tokens(sql string) []Token {
	s := scanner{rest: sql, line: 1}
	var all []Token
	for {
		t, ok := s.next()
		if !ok {
			return all
		}
		all = append(all, t)
	}
}

// scanner is the place in a text up to which it was read.
type scanner struct {
	rest string
	line int
}

// take cuts off n bytes and returns them.
func (s *scanner) take(n int) string {
	n = min(n, len(s.rest))
	text := s.rest[:n]
	s.line += strings.Count(text, "\n")
	s.rest = s.rest[n:]
	return text
}

func (s *scanner) next() (Token, bool) {
	s.take(len(s.rest) - len(strings.TrimLeft(s.rest, " \t\r\n\f\v")))
	if s.rest == "" {
		return Token{}, false
	}
	t := Token{Line: s.line}
	switch c := s.rest[0]; {
	case strings.HasPrefix(s.rest, "--"):
		t.Kind, t.Text = Comment, s.take(lineLength(s.rest))[2:]
	case strings.HasPrefix(s.rest, "/*"):
		t.Kind, t.Text = Block, s.take(blockLength(s.rest))
	case c == '\'':
		t.Kind, t.Text = String, s.quoted('\'', false)
	case c == '"' || c == '`':
		t.Kind, t.Text = Quoted, s.quoted(c, false)
	case c == '$':
		t.Kind, t.Text = s.dollar()
	case isDigit(c) || c == '.' && len(s.rest) > 1 && isDigit(s.rest[1]):
		t.Kind, t.Text = Number, s.take(numberLength(s.rest))
	case isLetter(c):
		t.Kind, t.Text = s.word()
	default:
		t.Kind, t.Text = Symbol, s.take(1)
	}
	return t, true
}

// word reads a word, or what a word of one or two letters announces: a string
// as in E'…' or a name as in U&"…".
func (s *scanner) word() (Kind, string) {
	n := 1
	for n < len(s.rest) && (isLetter(s.rest[n]) || isDigit(s.rest[n]) || s.rest[n] == '$') {
		n++
	}
	text, after := strings.ToLower(s.rest[:n]), s.rest[n:]
	switch {
	case len(text) == 1 && strings.Contains("ebxn", text) && strings.HasPrefix(after, "'"):
		s.take(1)
		return String, s.quoted('\'', text == "e")
	case text == "u" && strings.HasPrefix(after, "&'"):
		s.take(2)
		return String, s.quoted('\'', false)
	case text == "u" && strings.HasPrefix(after, `&"`):
		s.take(2)
		return Quoted, s.quoted('"', false)
	}
	s.take(n)
	return Word, text
}

// quoted reads what stands between two quotes; a double quote is part of it.
func (s *scanner) quoted(quote byte, backslash bool) string {
	var content strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '\\' && backslash && i+1 < len(s.rest):
			i++
			content.WriteByte(s.rest[i])
		case c == quote && i+1 < len(s.rest) && s.rest[i+1] == quote:
			i++
			content.WriteByte(quote)
		case c == quote:
			s.take(i + 1)
			return content.String()
		default:
			content.WriteByte(c)
		}
	}
	s.take(len(s.rest))
	return content.String()
}

// dollar reads a parameter, a dollar-quoted string, or the dollar alone.
func (s *scanner) dollar() (Kind, string) {
	n := 1
	for n < len(s.rest) && isDigit(s.rest[n]) {
		n++
	}
	if n > 1 {
		return Param, s.take(n)
	}
	for n < len(s.rest) && (isLetter(s.rest[n]) || isDigit(s.rest[n])) {
		n++
	}
	if n == len(s.rest) || s.rest[n] != '$' {
		return Symbol, s.take(1)
	}
	tag := s.take(n + 1)
	content := s.rest
	if end := strings.Index(s.rest, tag); end >= 0 {
		content = s.rest[:end]
	}
	s.take(len(content) + len(tag))
	return String, content
}

func lineLength(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}

// blockLength is the length of a comment that may hold others, as PostgreSQL's
// may.
func blockLength(s string) int {
	depth := 0
	for i := 0; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], "/*"):
			depth++
			i += 2
		case strings.HasPrefix(s[i:], "*/"):
			depth--
			i += 2
			if depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return len(s)
}

// numberLength reads generously: what follows a digit without a space belongs
// to the number, and so does a sign after an exponent.
func numberLength(s string) int {
	n := 1
	for n < len(s) && (isDigit(s[n]) || isLetter(s[n]) || s[n] == '.' || isSign(s[n]) && isExponent(s[n-1]) && !strings.HasPrefix(s, "0x")) {
		n++
	}
	return n
}

func isSign(c byte) bool     { return c == '+' || c == '-' }
func isExponent(c byte) bool { return c == 'e' || c == 'E' }
func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isLetter(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}
