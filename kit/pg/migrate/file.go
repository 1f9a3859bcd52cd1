package migrate

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/golive-dev/golive/kit/pg/internal/lex"
	"github.com/pressly/goose/v3"
)

// file is one migration as it was read.
type file struct {
	name          string
	version       int64
	up            []lex.Statement
	contract      bool // marked -- kit:contract
	noTransaction bool
	hasDown       bool
}

// marker is how a migration says that nobody uses any more what it takes away.
const marker = "kit:contract"

// readAll reads the migrations of fsys by ascending version. The error names
// every file that is wrong.
func readAll(fsys fs.FS) ([]*file, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("migrate: no files *.sql in the top folder; use fs.Sub for a folder within")
	}
	var all []*file
	var wrong []error
	for _, name := range names {
		f, err := read(fsys, name)
		if err == nil {
			err = f.check()
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("migrate: %s: %w", name, err))
			continue
		}
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b *file) int { return cmp.Compare(a.version, b.version) })
	return all, errors.Join(wrong...)
}

func read(fsys fs.FS, name string) (*file, error) {
	version, err := goose.NumericComponent(name)
	if err != nil {
		return nil, errors.New("the name must begin with a number and an underscore, as in 00001_orders.sql; else it would never be applied")
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	f := &file{name: name, version: version}
	var up strings.Builder
	inUp := true // only comments may stand before Up, a marker among them
	for line := range strings.Lines(string(text)) {
		switch annotation(line) {
		case "Up":
			inUp = true
		case "Down":
			inUp, f.hasDown = false, true
		case "NO TRANSACTION":
			f.noTransaction = true
		case "ENVSUB ON":
			return nil, errors.New("ENVSUB would make the schema depend on where the migration runs")
		}
		if inUp {
			up.WriteString(line)
		} else {
			up.WriteByte('\n') // lines keep their numbers
		}
	}
	tokens := lex.Tokens(up.String())
	f.up = lex.Statements(tokens)
	f.contract = slices.ContainsFunc(tokens, isMarker)
	return f, nil
}

// annotation returns what goose reads from a line: "Up" from "-- +goose Up".
func annotation(line string) string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "--") || !strings.Contains(line, "+goose") {
		return ""
	}
	line = strings.Replace(strings.ReplaceAll(line, "--", ""), "+goose", "", 1)
	return strings.Join(strings.Fields(line), " ")
}

func isMarker(t lex.Token) bool {
	words := strings.Fields(t.Text)
	return t.Kind == lex.Comment && len(words) > 0 && words[0] == marker
}

// check refuses what would leave a half state behind when it fails.
func (f *file) check() error {
	if !f.hasDown {
		return errors.New("it does not say how it is undone; add -- +goose Down, with nothing below it where nothing is to be done")
	}
	if f.noTransaction && len(f.up) > 1 {
		return fmt.Errorf("NO TRANSACTION with %d statements: should the second fail, the first stays; put each into a migration of its own", len(f.up))
	}
	for _, s := range f.up {
		switch {
		case s.Begins("commit"), s.Begins("rollback") && !s.Has("to"), s.Begins("begin"), s.Begins("start", "transaction"), s.Begins("end"), s.Begins("abort"):
			return fmt.Errorf("line %d: %s: a migration runs in a transaction already, and cannot be undone when it ends that", s.Line(), strings.ToUpper(s.At(0).Text))
		}
	}
	return nil
}
