package lex

// Statement is the tokens between two semicolons, without comments.
type Statement []Token

// Line is where the statement begins.
func (s Statement) Line() int { return s[0].Line }

// At returns the token i, and an empty one beyond the end.
func (s Statement) At(i int) Token {
	if i < 0 || i >= len(s) {
		return Token{Kind: Symbol}
	}
	return s[i]
}

// Begins reports whether the statement begins with these words.
func (s Statement) Begins(words ...string) bool {
	for i, w := range words {
		if !s.At(i).Is(w) {
			return false
		}
	}
	return true
}

// Has reports whether these words stand in the statement, one after another.
func (s Statement) Has(words ...string) bool {
	for i := range s {
		if s[i:].Begins(words...) {
			return true
		}
	}
	return false
}

// After returns what follows the words, if the statement begins with them, and
// else the statement.
func (s Statement) After(words ...string) Statement {
	if s.Begins(words...) {
		return s[len(words):]
	}
	return s
}

// Split returns the parts between the symbol outside of parentheses.
func (s Statement) Split(symbol string) []Statement {
	var parts []Statement
	depth, from := 0, 0
	for i, t := range s {
		switch {
		case t.Is("(") || t.Is("["):
			depth++
		case t.Is(")") || t.Is("]"):
			depth--
		case depth == 0 && t.Is(symbol):
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

// Statements splits tokens at the semicolons. Comments and empty statements
// are left out, and the body of a trigger or function between BEGIN and END
// stays in its statement.
func Statements(tokens []Token) []Statement {
	var all []Statement
	var now Statement
	ends := 0 // how many END the body still needs
	for _, t := range tokens {
		if t.Kind == Comment || t.Kind == Block {
			continue
		}
		switch {
		case ends > 0 && t.Is("end"):
			ends--
		case ends > 0 && t.Is("case"), ends == 0 && opensBody(now, t):
			ends++
		}
		switch {
		case ends > 0 || !t.Is(";"):
			now = append(now, t)
		case len(now) > 0:
			all, now = append(all, now), nil
		}
	}
	if len(now) > 0 {
		all = append(all, now)
	}
	return all
}

// opensBody reports whether t, after what is there of a statement, begins its
// body: BEGIN ATOMIC of PostgreSQL's functions, BEGIN of SQLite's triggers.
func opensBody(now Statement, t Token) bool {
	if !now.Begins("create") || len(now) < 4 {
		return false
	}
	return t.Is("atomic") && now.At(len(now)-1).Is("begin") || t.Is("begin") && now[:4].Has("trigger") && now.Has("on")
}
