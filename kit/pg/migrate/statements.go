package migrate

import (
	"slices"
	"strings"

	"github.com/golive-dev/golive/kit/pg/internal/lex"
)

// owned are the kinds of things that one name denotes. A function may have
// namesakes, and a trigger has them on other tables.
var owned = []string{"table", "view", "materialized view", "foreign table", "index", "sequence", "type", "domain", "schema"}

// create notes what the migration makes. What it makes only if it is missing
// may be older.
func (j *judge) create(s lex.Statement) {
	s = s.After("create")
	for slices.ContainsFunc([]string{"global", "local", "temp", "temporary", "unlogged"}, s.At(0).Is) {
		s = s[1:]
	}
	unique := s.Begins("unique")
	kind, rest := kindOf(s.After("unique"))
	rest = rest.After("concurrently")
	name, _ := nameIn(rest.After("if", "not", "exists"))
	if name == "" || !slices.Contains(owned, kind) {
		return
	}
	if unique {
		j.unique[name] = true
	}
	if !rest.Begins("if", "not", "exists") {
		j.own[kind+" "+name] = true
	}
}

// kindOf reads what a statement is about: "table", "materialized view".
func kindOf(s lex.Statement) (string, lex.Statement) {
	for _, kind := range [][]string{
		{"materialized", "view"}, {"foreign", "table"}, {"foreign", "data", "wrapper"}, {"event", "trigger"},
		{"operator", "class"}, {"operator", "family"}, {"text", "search"},
	} {
		if s.Begins(kind...) {
			return strings.Join(kind, " "), s[len(kind):]
		}
	}
	if len(s) == 0 {
		return "", nil
	}
	return s[0].Text, s[1:]
}

// drop refuses to take away what an old version may use. An index is no such
// thing, unless it is unique: ON CONFLICT relies on that.
func (j *judge) drop(s lex.Statement) {
	kind, rest := kindOf(s.After("drop"))
	names := namesIn(rest.After("concurrently").After("if", "exists"))
	switch {
	case kind == "statistics", kind == "index" && !slices.ContainsFunc(names, func(name string) bool { return j.unique[name] }):
	case j.allOwn(kind, names):
		for _, name := range names {
			delete(j.own, kind+" "+name) // the next of this name is another
		}
	default:
		j.refuse(s, "DROP %s %s takes away what the version before may use", strings.ToUpper(kind), strings.Join(names, ", "))
	}
}

func (j *judge) allOwn(kind string, names []string) bool {
	return len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return !j.own[kind+" "+name] })
}

// alter judges each action of ALTER … by itself.
func (j *judge) alter(s lex.Statement) {
	kind, rest := kindOf(s.After("alter"))
	name, actions := nameIn(rest.After("if", "exists").After("only"))
	actions = withoutArguments(actions.After("*"))
	switch {
	case slices.Contains([]string{"index", "statistics", "role", "user", "database", "system"}, kind):
	case kind == "default":
		if s.Has("revoke") {
			j.refuse(s, "REVOKE takes away rights")
		}
	case j.own[kind+" "+name]:
		if to, _ := nameIn(actions.After("rename", "to")); actions.Begins("rename", "to") {
			delete(j.own, kind+" "+name)
			j.own[kind+" "+to] = true
		}
	default:
		for _, action := range actions.Split(",") {
			if what := breaks(kind, action); what != "" {
				j.refuse(s, "ALTER %s %s: %s", strings.ToUpper(kind), name, what)
			}
		}
	}
}

// withoutArguments cuts the parentheses behind a function's name.
func withoutArguments(s lex.Statement) lex.Statement {
	depth := 0
	for i, t := range s {
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		}
		if depth == 0 && t.Is(")") {
			return s[i+1:]
		} else if depth == 0 {
			return s
		}
	}
	return s
}

// breaks says what an action of ALTER does to an old version, or nothing.
func breaks(kind string, a lex.Statement) string {
	switch {
	case a.Begins("rename", "constraint"), a.Begins("drop", "constraint"):
		return ""
	case a.Begins("rename"):
		return "RENAME takes away the name that the version before uses"
	case a.Has("set", "schema"):
		return "SET SCHEMA moves it away from the version before"
	case kind == "type" && a.Begins("add"):
		return ""
	case kind == "type" && a.Begins("alter", "attribute"):
		return "the type of an attribute changes under the version before"
	case a.Begins("drop"):
		return dropped(a.After("drop"))
	case a.Begins("alter") && !a.Begins("alter", "constraint"):
		return altered(a.After("alter"))
	case a.Begins("set", "not", "null"): // of a domain
		return "SET NOT NULL refuses what the version before may write"
	case a.Begins("add"):
		return added(a.After("add"))
	case a.Begins("detach", "partition"):
		return "DETACH PARTITION takes away its rows"
	case a.Begins("enable", "row"), a.Begins("force", "row"):
		return "row level security hides rows from the version before"
	}
	return ""
}

func dropped(a lex.Statement) string {
	switch {
	case a.Begins("default"): // of a domain
		return "DROP DEFAULT takes away what the version before leaves out"
	case a.Begins("not", "null"):
		return ""
	}
	name, _ := nameIn(a.After("column").After("if", "exists"))
	return "DROP of " + name + " takes away what the version before may use"
}

// altered judges what follows ALTER [COLUMN].
func altered(a lex.Statement) string {
	name, rest := nameIn(a.After("column"))
	switch {
	case rest.Begins("type"), rest.Begins("set", "data", "type"):
		return "the type of " + name + " changes under the version before"
	case rest.Begins("set", "not", "null"):
		return "SET NOT NULL on " + name + " refuses what the version before may write"
	case rest.Begins("drop", "not", "null"):
		return ""
	case rest.Begins("drop"):
		return "DROP " + strings.ToUpper(rest.At(1).Text) + " of " + name + " takes away what the version before leaves out"
	}
	return ""
}

// added judges what follows ADD: a column, or a constraint that makes columns
// NOT NULL.
func added(a lex.Statement) string {
	notNull := a.Has("not", "null") || a.Has("primary", "key")
	if isConstraint(a) && notNull {
		return "a constraint makes columns NOT NULL, which refuses what the version before may write"
	}
	name, rest := nameIn(a.After("column").After("if", "not", "exists"))
	if isConstraint(a) || !notNull || fillsItself(rest) {
		return ""
	}
	return "new column " + name + " is NOT NULL without a default: the version before does not know it and leaves it out"
}

// fillsItself reports whether a column, given without its name, has a value
// when nobody gives one.
func fillsItself(column lex.Statement) bool {
	if t := column.At(0); t.Kind == lex.Word && strings.HasSuffix(t.Text, "serial") {
		return true
	}
	for i := range column {
		now := column[i:]
		switch {
		case now.Begins("generated", "always"), now.Begins("generated", "by"):
			return true
		case now.Begins("default") && !now.Begins("default", "null") && !column.At(i-1).Is("set"):
			return true
		}
	}
	return false
}

func isConstraint(a lex.Statement) bool {
	return a.Begins("constraint") || a.Begins("check") || a.Begins("unique") || a.Begins("primary", "key") ||
		a.Begins("foreign", "key") || a.Begins("exclude") || a.Begins("not", "null")
}

// nameIn reads a name with its schema, and what follows it.
func nameIn(s lex.Statement) (string, lex.Statement) {
	var parts []string
	for len(s) > 0 && (s[0].Kind == lex.Word || s[0].Kind == lex.Quoted) {
		parts = append(parts, s[0].Text)
		s = s[1:]
		if !s.At(0).Is(".") {
			break
		}
		s = s[1:]
	}
	return strings.TrimPrefix(strings.Join(parts, "."), "public."), s
}

// namesIn reads names with commas between them.
func namesIn(s lex.Statement) []string {
	var names []string
	for _, part := range s.Split(",") {
		if name, _ := nameIn(part.After("only")); name != "" {
			names = append(names, name)
		}
	}
	return names
}
