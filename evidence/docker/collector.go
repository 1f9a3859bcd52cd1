package docker

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// Collector reads the Dockerfiles of a tree.
type Collector struct{}

// Name returns "docker".
func (Collector) Name() string { return "docker" }

// Collect returns a record of kind [DockerfileKind] for each file.
func (Collector) Collect(ctx context.Context, t *files.Tree) ([]evidence.Record, error) {
	records := files.Each(ctx, t, isDockerfile, parse)
	return records, ctx.Err()
}

func isDockerfile(p string) bool {
	name := strings.ToLower(path.Base(p))
	if strings.HasSuffix(name, ".dockerignore") {
		return false
	}
	for _, word := range []string{"dockerfile", "containerfile"} {
		if name == word || strings.HasPrefix(name, word+".") || strings.HasSuffix(name, "."+word) {
			return true
		}
	}
	return false
}

func parse(f files.File) []evidence.Record {
	parsed, err := parser.Parse(bytes.NewReader(f.Text))
	if err != nil {
		return []evidence.Record{files.Problemf(f.Path, 0, "no Dockerfile: %s", firstLine(err.Error()))}
	}
	r := reader{lex: shell.NewLex(parsed.EscapeToken), global: map[string]string{}}
	for _, n := range parsed.AST.Children {
		r.instruction(n)
	}
	if len(r.stages) == 0 {
		return []evidence.Record{files.Problemf(f.Path, 0, "no Dockerfile: it has no FROM")}
	}
	d := Dockerfile{File: f.Path, Stages: r.stages}
	return []evidence.Record{evidence.New(DockerfileKind, d.Source(r.stages[0].Line), d)}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// reader goes through the instructions of one file.
type reader struct {
	lex    *shell.Lex
	global map[string]string // ARGs before the first FROM
	local  map[string]string // ARGs and ENVs of the stage
	stages []Stage
}

func (r *reader) instruction(n *parser.Node) {
	name := strings.ToLower(n.Value)
	if name == "from" {
		r.from(n)
		return
	}
	if len(r.stages) == 0 {
		if name == "arg" {
			r.arg(n, r.global, r.global)
		}
		return
	}
	s := &r.stages[len(r.stages)-1]
	switch name {
	case "user":
		s.User = Text{r.expand(strings.Join(values(n), " "), r.local), n.StartLine}
	case "expose":
		for _, port := range values(n) {
			s.Expose = append(s.Expose, Text{r.expand(port, r.local), n.StartLine})
		}
	case "entrypoint":
		s.Entrypoint, s.Cmd = command(n), Command{}
	case "cmd":
		s.Cmd = command(n)
	case "add":
		s.AddedURLs = append(s.AddedURLs, urls(n)...)
	case "arg":
		s.Env = append(s.Env, r.arg(n, r.local, r.global)...)
	case "env":
		s.Env = append(s.Env, r.env(n)...)
	}
}

func (r *reader) from(n *parser.Node) {
	words := values(n)
	s := Stage{Line: n.StartLine}
	if len(words) > 0 {
		s.From = r.expand(words[0], r.global)
	}
	if len(words) == 3 && strings.EqualFold(words[1], "as") {
		s.Name = words[2]
	}
	r.stages = append(r.stages, s)
	r.local = map[string]string{}
}

// arg notes the defaults of an ARG in scope. One without a default takes that
// of the ARG before the first FROM.
func (r *reader) arg(n *parser.Node, scope, global map[string]string) []EnvName {
	var names []EnvName
	for _, word := range values(n) {
		name, value, hasDefault := strings.Cut(word, "=")
		if hasDefault {
			scope[name] = r.expand(value, scope)
		} else if outer, ok := global[name]; ok {
			scope[name] = outer
		}
		names = append(names, EnvName{Name: name, Arg: true, Empty: scope[name] == "", Line: n.StartLine})
	}
	return names
}

// env notes an ENV. The parser gives name, value and separator of each.
func (r *reader) env(n *parser.Node) []EnvName {
	var names []EnvName
	for parts := range slices.Chunk(values(n), 3) {
		if len(parts) < 2 {
			continue
		}
		r.local[parts[0]] = r.expand(parts[1], r.local)
		names = append(names, EnvName{Name: parts[0], Empty: r.local[parts[0]] == "", Line: n.StartLine})
	}
	return names
}

// maxValue bounds a value after expansion, since each may double the last.
const maxValue = 1024

// expand replaces variables as docker build does. A variable without a known
// value stays as it is written: what it will be, nobody can tell from here.
func (r *reader) expand(word string, scope map[string]string) string {
	value, unknown, err := r.lex.ProcessWord(word, scopeOf(scope))
	if err != nil || len(unknown) > 0 {
		return word
	}
	return value[:min(len(value), maxValue)]
}

type scopeOf map[string]string

// Get returns a variable's value.
func (s scopeOf) Get(name string) (string, bool) { v, ok := s[name]; return v, ok }

// Keys returns the variables' names.
func (s scopeOf) Keys() []string {
	names := make([]string, 0, len(s))
	for name := range s {
		names = append(names, name)
	}
	return names
}

func command(n *parser.Node) Command {
	return Command{Words: values(n), Shell: !n.Attributes["json"], Line: n.StartLine}
}

// urls returns what an ADD downloads; its last word is where to.
func urls(n *parser.Node) []Text {
	var found []Text
	words := values(n)
	for _, word := range words[:max(0, len(words)-1)] {
		if strings.HasPrefix(word, "http://") || strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "git@") {
			found = append(found, Text{word, n.StartLine})
		}
	}
	return found
}

// values returns what follows the name of an instruction.
func values(n *parser.Node) []string {
	var list []string
	for p := n.Next; p != nil; p = p.Next {
		list = append(list, p.Value)
	}
	return list
}
