package service

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// built is what the build file of a language says.
type built struct {
	name, build text
	command     words
	file        string
	binary      bool // the command is what the build makes, wherever an image puts it
}

// language reads the build file at the top: go.mod, package.json or
// pyproject.toml.
func (r *repository) language() built {
	switch {
	case r.has("go.mod"):
		return r.goModule()
	case r.has("package.json"):
		return r.nodePackage()
	case r.has("pyproject.toml"):
		return r.pythonProject()
	}
	return built{}
}

var (
	moduleLine  = regexp.MustCompile(`^module\s+"?([^\s"]+)`)
	majorSuffix = regexp.MustCompile(`/v[0-9]+$`)
	mainPackage = regexp.MustCompile(`(?m)^package main\b`)
)

func (r *repository) goModule() built {
	b := built{file: "go.mod", binary: true}
	for i, line := range strings.Split(string(r.read("go.mod")), "\n") {
		if m := moduleLine.FindStringSubmatch(line); m != nil {
			name := nameLike(path.Base(majorSuffix.ReplaceAllString(m[1], "")))
			b.name = text{name, Origin{"go.mod", i + 1}}
			break
		}
	}
	pkg := r.mainPackage(b.name.Value)
	if pkg == "" {
		return b
	}
	program := "bin/" + b.name.Value
	if pkg != "." {
		program = "bin/" + path.Base(pkg)
	}
	b.build = text{"go build -o " + program + " " + pkg, b.name.From}
	b.command = words{[]string{program}, b.name.From.Line}
	return b
}

// safePath is a path that no shell takes apart.
var safePath = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)

// mainPackage returns the main package of a module, the one called name
// before others, or "".
func (r *repository) mainPackage(name string) string {
	var found []string
	for _, file := range r.names {
		dir := path.Dir(file)
		atPlace := dir == "." || path.Dir(dir) == "cmd"
		if !atPlace || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") || !safePath.MatchString(file) {
			continue
		}
		if pkg := "./" + dir; !slices.Contains(found, pkg) && mainPackage.Match(r.read(file)) {
			found = append(found, pkg)
		}
	}
	switch {
	case len(found) == 0 || name == "":
		return ""
	case slices.Contains(found, "./cmd/"+name):
		return "./cmd/" + name
	case found[0] == "./.":
		return "."
	}
	return found[0]
}

// nodePackage reads package.json, which is YAML too.
func (r *repository) nodePackage() built {
	var p struct {
		Name    lined[string]
		Scripts map[string]lined[string]
	}
	b := built{file: "package.json"}
	if yaml.Unmarshal(r.read(b.file), &p) != nil {
		r.unread(b.file, "no JSON")
		return built{}
	}
	_, name, scoped := strings.Cut(p.Name.Value, "/")
	if !scoped {
		name = p.Name.Value
	}
	b.name = text{nameLike(name), p.Name.from(b.file)}
	if script := p.Scripts["build"]; script.Value != "" {
		b.build = text{"npm ci && npm run build", script.from(b.file)}
	} else {
		b.build = text{"npm ci", p.Name.from(b.file)}
	}
	// npm does not pass signals on to what it runs, so a simple script is
	// run without it.
	if script := p.Scripts["start"]; script.Value != "" && !shellSyntax.MatchString(script.Value) {
		b.command = words{strings.Fields(script.Value), script.Line}
	} else if script.Value != "" {
		b.command = words{[]string{"npm", "start"}, script.Line}
	}
	return b
}

var tomlString = regexp.MustCompile(`^\s*"?([A-Za-z0-9._-]+)"?\s*=\s*["']([^"']*)["']`)

// pythonProject reads the name and the first script of a pyproject.toml.
func (r *repository) pythonProject() built {
	b := built{file: "pyproject.toml"}
	table := ""
	for i, line := range strings.Split(string(r.read(b.file)), "\n") {
		if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "[") {
			table = trimmed
		}
		m := tomlString.FindStringSubmatch(line)
		switch {
		case m == nil:
		case table == "[project]" && m[1] == "name":
			b.name = text{nameLike(m[2]), Origin{b.file, i + 1}}
		case table == "[project.scripts]" && len(b.command.Value) == 0:
			b.command = words{[]string{m[1]}, i + 1}
		}
	}
	return b
}

var shellVariable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// command guesses how the service is built and started: as its image does or,
// without one, as its language does. A program that is built here is not
// where the image has it.
func (r *repository) command(i image, b built) {
	run := &r.Service.Run
	argv, from := i.argv(), Origin{i.file, i.argv().Line}
	switch {
	case len(argv.Value) == 0:
		argv, from = b.command, Origin{b.file, b.command.Line}
	case b.binary && len(b.command.Value) > 0 && argv.Value[0] == "/bin/sh":
		argv = b.command
	case b.binary && len(b.command.Value) > 0:
		argv.Value = slices.Concat(b.command.Value, argv.Value[1:])
	}
	for _, arg := range argv.Value {
		arg = shellVariable.ReplaceAllString(arg, "$$$1")
		if strings.Contains(arg, "${") || arg == "" {
			run.Command = nil
			r.blank("run", "command: [bin/"+nameLike(r.Service.Name)+"]", "the command in "+from.String()+" needs a shell's variables")
			return
		}
		run.Command = append(run.Command, arg)
	}
	if len(run.Command) > 0 {
		r.From["run.command"] = from
		guess(r.Draft, "run.build", &run.Build, b.build.Value, b.build.From)
	}
}
