// Package golive_test holds the whole house to its own rules: how its files
// look, who may import whom, what is documented, and on which terms the code
// of others is used.
package golive_test

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/golive-dev/golive/catalogue"
	"github.com/golive-dev/golive/drill"
)

const module = "github.com/golive-dev/golive"

// files returns the files of the tree that match, by path, without what is
// built, collected or hidden.
func files(t *testing.T, match func(path string) bool) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "bin"):
			return fs.SkipDir
		case d.Type().IsRegular() && match(path):
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func isGo(path string) bool { return strings.HasSuffix(path, ".go") }

// isSource picks what a reader of go doc sees.
func isSource(path string) bool {
	return isGo(path) && !strings.HasSuffix(path, "_test.go") && !strings.Contains(path, "testdata"+string(filepath.Separator))
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// modules returns the directories of the tree that are Go modules: services
// that use kit inherit no dependency of golive's, nor golive one of theirs.
func modules(t *testing.T) (dirs []string) {
	t.Helper()
	for _, path := range files(t, func(path string) bool { return filepath.Base(path) == "go.mod" }) {
		dirs = append(dirs, filepath.Dir(path))
	}
	return dirs
}

// eachModule runs a test for every module of the tree.
func eachModule(t *testing.T, test func(t *testing.T, dir string)) {
	t.Helper()
	for _, dir := range modules(t) {
		t.Run(filepath.ToSlash(dir), func(t *testing.T) { test(t, dir) })
	}
}

// output returns what a command prints that is run in a module's directory.
func output(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := exec.Command(name, args...)
	c.Dir = dir
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", c, err, &stdout, &stderr)
	}
	return stdout.String()
}

func TestEveryFileIsFormatted(t *testing.T) {
	for _, path := range files(t, isGo) {
		text := read(t, path)
		if want, err := format.Source(text); err != nil {
			t.Errorf("%s: %v", path, err)
		} else if !bytes.Equal(text, want) {
			t.Errorf("%s: run gofmt -w on it", path)
		}
	}
}

func TestGoModIsTidy(t *testing.T) {
	eachModule(t, func(t *testing.T, dir string) { output(t, dir, "go", "mod", "tidy", "-diff") })
}

// mostLines is what still fits a head. A file that grows beyond holds two
// things.
const mostLines = 450

func TestNoFileIsLong(t *testing.T) {
	for _, path := range files(t, isGo) {
		if n := bytes.Count(read(t, path), []byte("\n")); n > mostLines {
			t.Errorf("%s has %d lines; split it so that none has more than %d", path, n, mostLines)
		}
	}
}

func TestEveryExportedNameIsDocumented(t *testing.T) {
	set := token.NewFileSet()
	for _, path := range files(t, isSource) {
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, d := range file.Decls {
			for _, name := range undocumented(d) {
				t.Errorf("%s: %s has no comment", set.Position(name.Pos()), name.Name)
			}
		}
	}
}

// undocumented returns the exported names that d declares without a comment:
// of their own, of their group, or at the end of their line.
func undocumented(d ast.Decl) []*ast.Ident {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && isExportedReceiver(d.Recv) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		var names []*ast.Ident
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if d.Doc == nil && s.Doc == nil {
					names = append(names, s.Name)
				}
			case *ast.ValueSpec:
				if d.Doc == nil && s.Doc == nil && s.Comment == nil {
					names = append(names, s.Names...)
				}
			}
		}
		return slices.DeleteFunc(names, func(n *ast.Ident) bool { return !n.IsExported() })
	}
	return nil
}

func isExportedReceiver(list *ast.FieldList) bool {
	if list == nil {
		return true
	}
	exported := false
	ast.Inspect(list.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			exported = exported || id.IsExported()
		}
		return true
	})
	return exported
}

// mayImport says what the packages of a folder may import of this module
// besides their own folder: only what is below them. A name stands for the
// package, and with /… for those below it, too. Data flows one way, and so do
// imports: evidence knows no check, a check no report, and nobody the command
// line.
var mayImport = map[string][]string{
	"service":       {},
	"evidence":      {"service"},
	"evidence/…":    {"service"},
	"evidence/live": {"service", "rig/load", "rig/scrape"},
	"rig/…":         {"service", "evidence"},
	"check":         {"service", "evidence"},
	"catalogue/…":   {"service", "evidence/…", "check"},
	"drill":         {"service", "evidence", "rig/…"},
	"report":        {"service", "evidence", "check"},
	"gate":          {"check"},
	"review":        {"service", "evidence/…", "rig", "drill", "check"},
	"cmd/golive":    {"service", "evidence", "drill", "check", "catalogue", "report", "gate", "review"},
	"bench":         {"service", "evidence/…", "rig/…", "drill", "check", "catalogue", "review"},
	"examples/…":    {"kit/…"},
	"bench/peers/…": {"kit/…"},

	// kit knows nothing of golive. A package of it is usable alone, so it
	// imports few others; the root package wires all.
	"kit":             {"kit/…"},
	"kit/…":           {},
	"kit/audit":       {"kit/log"},
	"kit/config":      {"kit/redact"},
	"kit/secret":      {"kit/redact"},
	"kit/problem":     {},
	"kit/inbound":     {"kit/log", "kit/trace", "kit/metrics", "kit/switches", "kit/problem", "kit/shed"},
	"kit/outbound":    {"kit/log", "kit/trace", "kit/metrics", "kit/internal/budget"},
	"kit/idempotency": {"kit/problem"},
	"kit/data":        {"kit/audit"},
	"kit/pg/pgkit":    {"kit"},
	"kit/pg/…":        {"kit/redact", "kit/secret", "kit/log", "kit/trace", "kit/metrics", "kit/idempotency"},
	"kit/vault/…":     {"kit/redact", "kit/secret"},
	"kit/rpc/…":       {"kit/internal/budget", "kit/log", "kit/trace", "kit/metrics", "kit/health", "kit/shed"},

	"mutants": {},
}

func TestImportsLeadDownwards(t *testing.T) {
	eachModule(t, func(t *testing.T, dir string) {
		rows := output(t, dir, "go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...")
		for row := range strings.Lines(rows) {
			leadDownwards(t, strings.Fields(row))
		}
	})
}

// leadDownwards takes a package and what it imports.
func leadDownwards(t *testing.T, words []string) {
	from, ours := strings.CutPrefix(words[0], module+"/")
	if !ours {
		return // this test
	}
	allowed, known := allowedFor(from)
	if !known {
		t.Errorf("%s is not in the table of who may import whom; add it", from)
		return
	}
	for _, path := range words[1:] {
		to, ours := strings.CutPrefix(path, module+"/")
		if ours && !sameFolder(from, to) && !slices.ContainsFunc(allowed, func(p string) bool { return covers(p, to) }) {
			t.Errorf("%s imports %s, which is not below it", from, to)
		}
	}
}

// allowedFor returns the most particular row for a package.
func allowedFor(pkg string) (allowed []string, known bool) {
	if allowed, known = mayImport[pkg]; known {
		return allowed, true
	}
	for dir := pkg; dir != "."; dir = filepath.Dir(dir) {
		if allowed, known = mayImport[dir+"/…"]; known {
			return allowed, true
		}
	}
	return nil, false
}

// sameFolder reports whether two packages lie in one top folder, in kit in one
// of its folders. Service and its like have no folders; in evidence the types
// are below the collectors.
func sameFolder(from, to string) bool {
	top, rest, _ := strings.Cut(from, "/")
	if top == "kit" {
		folder, _, _ := strings.Cut(rest, "/")
		top += "/" + folder
	}
	return covers(top+"/…", to) && from != "evidence"
}

func covers(pattern, pkg string) bool {
	folder, all := strings.CutSuffix(pattern, "/…")
	return pkg == folder || all && strings.HasPrefix(pkg, folder+"/")
}

// TestEveryDrillHasAMutant holds that each drill can be seen to fail: there
// is a service broken on purpose for a requirement that the drill judges.
func TestEveryDrillHasAMutant(t *testing.T) {
	tried := map[string]bool{}
	for _, id := range brokenRequirements(t) {
		requirements, err := catalogue.Select(catalogue.Requirements(), []string{id})
		if err != nil || len(requirements) != 1 || requirements[0].Check == nil {
			t.Errorf("a mutant breaks %s, which nothing judges", id)
			continue
		}
		for _, name := range requirements[0].Check.Drills() {
			tried[name] = true
		}
	}
	for _, d := range drill.All() {
		if !tried[d.Name] {
			t.Errorf("no mutant breaks what the drill %s shows; add mutants/break_….go", d.Name)
		}
	}
}

// brokenRequirements reads the requirement of each mutant from its file.
func brokenRequirements(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, path := range files(t, func(path string) bool { ok, _ := filepath.Match("mutants/break_*.go", path); return ok }) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		before := len(ids)
		ast.Inspect(file, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, _ := pair.Key.(*ast.Ident)
			value, _ := pair.Value.(*ast.BasicLit)
			if key != nil && key.Name == "requirement" && value != nil {
				id, _ := strconv.Unquote(value.Value)
				ids = append(ids, id)
			}
			return true
		})
		if len(ids) != before+1 {
			t.Errorf("%s names %d requirements, want one", path, len(ids)-before)
		}
	}
	return ids
}

// licences are the terms on which code of others is used here, each with a
// phrase that its text holds and no other's does.
var licences = map[string]string{
	"MIT":          "permission is hereby granted, free of charge, to any person obtaining a copy",
	"BSD":          "redistribution and use in source and binary forms, with or without modification, are permitted",
	"Apache-2.0":   "apache license version 2.0, january 2004",
	"MPL-2.0":      "mozilla public license, version 2.0",
	"MPL-2.0 text": "mozilla public license version 2.0",
	"ISC":          "permission to use, copy, modify, and/or distribute this software for any purpose",
	"ISC, older":   "permission to use, copy, modify, and distribute this software for any purpose",
	"CC0-1.0":      "cc0 1.0 universal",
	"Unlicense":    "this is free and unencumbered software released into the public domain",
}

func TestEveryModuleHasAnAllowedLicence(t *testing.T) {
	eachModule(t, func(t *testing.T, dir string) { everyModuleIsLicensed(t, dir) })
}

func everyModuleIsLicensed(t *testing.T, dir string) {
	list := output(t, dir, "go", "list", "-deps", "-test", "-f", `{{with .Module}}{{if not (or .Main .Replace)}}{{.Path}} {{.Dir}}{{end}}{{end}}`, "./...")
	rows := strings.Split(strings.TrimSpace(list), "\n")
	slices.Sort(rows)
	for _, row := range slices.Compact(rows) {
		if path, dir, ok := strings.Cut(row, " "); ok && !licensed(t, dir) {
			t.Errorf("%s: no licence in %s is on the list; do without it, or have its terms looked at", path, dir)
		}
	}
}

func licensed(t *testing.T, dir string) bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "licen") && !strings.HasPrefix(name, "copying") && !strings.HasPrefix(name, "unlicense") {
			continue
		}
		text := strings.ToLower(strings.Join(strings.Fields(string(read(t, filepath.Join(dir, e.Name())))), " "))
		for _, phrase := range licences {
			if strings.Contains(text, phrase) {
				return true
			}
		}
	}
	return false
}
