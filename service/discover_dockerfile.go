package service

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// image is what the last stage of a Dockerfile says.
type image struct {
	entrypoint, cmd words
	port            port
	env             []variable
	file            string
}

// port is a TCP port that a container listens on.
type port struct {
	number int // 0 where none is known
	from   Origin
}

// words is the command of an instruction, with its line.
type words = lined[[]string]

// variable is an environment variable that a file gives to the service.
type variable struct {
	name, value string
	elsewhere   string // where the value is instead: "a secret", "the pod"
	deployed    bool   // by a manifest, not only as an image's default
	from        Origin
}

// dockerfile reads the Dockerfile nearest to the top.
func (r *repository) dockerfile() image {
	name := r.first(func(base string) bool {
		return base == "Dockerfile" || base == "Containerfile" || strings.HasSuffix(base, ".Dockerfile")
	})
	if name == "" {
		return image{}
	}
	content := r.read(name)
	if content == nil {
		return image{}
	}
	parsed, err := parser.Parse(bytes.NewReader(content))
	if err != nil {
		r.unread(name, err.Error())
		return image{}
	}
	i := image{file: name}
	for _, n := range parsed.AST.Children {
		i.instruction(n)
	}
	return i
}

// instruction takes one instruction in. FROM begins a stage, and a stage
// inherits nothing that this file tells.
func (i *image) instruction(n *parser.Node) {
	switch strings.ToLower(n.Value) {
	case "from":
		*i = image{file: i.file}
	case "entrypoint":
		i.entrypoint, i.cmd = words{arguments(n), n.StartLine}, words{}
	case "cmd":
		i.cmd = words{arguments(n), n.StartLine}
	case "expose":
		for _, exposed := range values(n) {
			number, _, _ := strings.Cut(exposed, "/")
			if p, err := strconv.Atoi(number); err == nil && i.port.number == 0 {
				i.port = port{p, Origin{i.file, n.StartLine}}
			}
		}
	case "env":
		// The parser gives name, value and separator of each variable.
		for parts := range slices.Chunk(values(n), 3) {
			if len(parts) == 3 {
				i.env = append(i.env, variable{name: parts[0], value: unquote(parts[1]), from: Origin{i.file, n.StartLine}})
			}
		}
	}
}

// values returns what follows the name of an instruction.
func values(n *parser.Node) []string {
	var list []string
	for p := n.Next; p != nil; p = p.Next {
		list = append(list, p.Value)
	}
	return list
}

// shellSyntax is what a plain split into words would get wrong.
var shellSyntax = regexp.MustCompile("[\"'`$&|;<>()*?\\\\]")

// arguments returns an instruction's argv. The shell form of a simple command
// is split, so that signals reach the service and no shell.
func arguments(n *parser.Node) []string {
	argv := values(n)
	if n.Attributes["json"] || len(argv) == 0 {
		return argv
	}
	line := strings.Join(argv, " ")
	if shellSyntax.MatchString(line) {
		return []string{"/bin/sh", "-c", "exec " + strings.TrimPrefix(line, "exec ")}
	}
	return strings.Fields(line)
}

func unquote(s string) string {
	if len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// argv is entrypoint and cmd as a container runtime joins them.
func (i image) argv() words {
	switch {
	case len(i.entrypoint.Value) == 0:
		return i.cmd
	case i.entrypoint.Value[0] == "/bin/sh":
		return i.entrypoint
	}
	return words{append(append([]string(nil), i.entrypoint.Value...), i.cmd.Value...), i.entrypoint.Line}
}
