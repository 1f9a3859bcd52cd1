package migrate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/golive-dev/golive/kit/pg/internal/lex"
)

// Breach is a statement that the version before does not survive.
type Breach struct {
	// File is the migration's name.
	File string
	// Line is where the statement begins, counted from 1.
	Line int
	// What says what the statement does to the version before.
	What string
}

// String returns the breach as FILE:LINE: WHAT.
func (b Breach) String() string { return fmt.Sprintf("%s:%d: %s", b.File, b.Line, b.What) }

// IncompatibleError says which statements the version before does not survive.
type IncompatibleError struct {
	// Breaches are in the order of the migrations; there is at least one.
	Breaches []Breach
}

// Error returns all breaches on one line, with the way out.
func (e *IncompatibleError) Error() string {
	texts := make([]string, len(e.Breaches))
	for i, b := range e.Breaches {
		texts[i] = b.String()
	}
	return strings.Join(texts, "; ") + "; the version before still runs on this schema: add now and take away in a later release, in a migration marked -- " + marker
}

// CheckCompatible judges all migrations, applied or not, without the database:
// the version before must be able to run on the schema after each. The error
// is an [IncompatibleError] that names every statement at fault. The package
// comment says what is judged and how a migration is exempted.
func (m *Migrations) CheckCompatible() error {
	return m.compatible(func(*file) bool { return true })
}

// CompatibleWith is [Migrations.CheckCompatible] for the migrations with a
// number greater than version: for schemas that are older than this rule.
func (m *Migrations) CompatibleWith(version int64) error {
	return m.compatible(func(f *file) bool { return f.version > version })
}

func (m *Migrations) compatible(judged func(*file) bool) error {
	unique := map[string]bool{} // indexes that ON CONFLICT may rely on
	var breaches []Breach
	for _, f := range m.files {
		j := judge{own: map[string]bool{}, unique: unique}
		for _, s := range f.up {
			j.statement(s)
		}
		if !judged(f) || f.contract {
			continue
		}
		for _, b := range j.breaches {
			b.File = f.name
			breaches = append(breaches, b)
		}
	}
	if len(breaches) == 0 {
		return nil
	}
	return &IncompatibleError{Breaches: breaches}
}

// IsIncompatible reports whether err says that a migration was refused because
// the version before does not survive it.
func IsIncompatible(err error) bool {
	var incompatible *IncompatibleError
	return errors.As(err, &incompatible)
}

// judge reads the statements of one migration.
type judge struct {
	own      map[string]bool // what this migration made: its own to take away
	unique   map[string]bool // unique indexes of this and the earlier migrations
	breaches []Breach
}

func (j *judge) refuse(s lex.Statement, format string, args ...any) {
	j.breaches = append(j.breaches, Breach{Line: s.Line(), What: fmt.Sprintf(format, args...)})
}

func (j *judge) statement(s lex.Statement) {
	switch {
	case s.Begins("create"):
		j.create(s)
	case s.Begins("drop"):
		j.drop(s)
	case s.Begins("alter"):
		j.alter(s)
	case s.Begins("truncate"):
		if names := namesIn(s.After("truncate").After("table").After("only")); !j.allOwn("table", names) {
			j.refuse(s, "TRUNCATE takes away what %s holds", strings.Join(names, ", "))
		}
	case s.Begins("revoke"):
		j.refuse(s, "REVOKE takes away rights")
	case s.Begins("do"):
		j.block(s)
	}
}

// block judges the body of a DO block, which runs at once, unlike the body of
// a function. What it creates may depend on a condition and is not noted.
func (j *judge) block(s lex.Statement) {
	for _, body := range s {
		if body.Kind != lex.String {
			continue
		}
		for _, inner := range lex.Statements(lex.Tokens(body.Text)) {
			for i := range inner {
				inner[i].Line += body.Line - 1
				if i > 0 && !opens(inner[i-1]) {
					continue
				}
				if begun := inner[i:]; begun.Begins("execute") {
					j.refuse(s, "DO with EXECUTE: nobody can tell what it does; write the statement itself, or mark it")
				} else if !begun.Begins("create") {
					j.statement(begun)
				}
			}
		}
	}
}

// opens reports whether a statement of PL/pgSQL may begin after t.
func opens(t lex.Token) bool {
	return t.Is("begin") || t.Is("then") || t.Is("else") || t.Is("loop")
}
