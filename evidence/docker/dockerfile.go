// Package docker reads what Dockerfiles and Containerfiles say about the
// image that they build.
package docker

import (
	"slices"
	"strconv"
	"strings"

	"github.com/golive-dev/golive/evidence"
)

// DockerfileKind is the kind of records that hold a [Dockerfile].
const DockerfileKind evidence.Kind = "docker/dockerfile"

// Dockerfile is a recipe for an image.
type Dockerfile struct {
	File   string  `json:"file"`   // slash-separated, relative to the service's directory
	Stages []Stage `json:"stages"` // at least one; the last is what is built
}

// Stage is what stands between one FROM and the next. Variables are replaced
// by the defaults of their ARG where these are known.
type Stage struct {
	From       string    `json:"from"`           // an image reference, "scratch", or the name of an earlier stage
	Name       string    `json:"name,omitempty"` // FROM … AS name
	Line       int       `json:"line"`
	User       Text      `json:"user,omitzero"` // the last USER
	Expose     []Text    `json:"expose,omitempty"`
	Entrypoint Command   `json:"entrypoint,omitzero"`
	Cmd        Command   `json:"cmd,omitzero"`
	AddedURLs  []Text    `json:"addedURLs,omitempty"` // what ADD downloads during the build
	Env        []EnvName `json:"env,omitempty"`
}

// Text is a value and its line.
type Text struct {
	Value string `json:"value"`
	Line  int    `json:"line"`
}

// Command is what an ENTRYPOINT or CMD runs. In its shell form a shell is the
// first process, and signals end with it.
type Command struct {
	Words []string `json:"words"`
	Shell bool     `json:"shell,omitempty"`
	Line  int      `json:"line"`
}

// EnvName is a variable that ENV or ARG sets. Its value is not kept, since it
// may be a secret; Empty tells whether there is one.
type EnvName struct {
	Name  string `json:"name"`
	Arg   bool   `json:"arg,omitempty"`
	Empty bool   `json:"empty,omitempty"`
	Line  int    `json:"line"`
}

// Source returns the given line of the file.
func (d *Dockerfile) Source(line int) evidence.Source {
	return evidence.Source{File: d.File, Line: line}
}

// Final returns the stages that make up the image that is built: the last one,
// and those that it is built on, nearest first.
func (d *Dockerfile) Final() []Stage {
	var chain []Stage
	for i := len(d.Stages) - 1; i >= 0; {
		chain = append(chain, d.Stages[i])
		i = d.earlier(d.Stages[i].From, i)
	}
	return chain
}

// earlier returns which stage before i the name means, or -1 when it is an
// image. Names of stages do not count with their case.
func (d *Dockerfile) earlier(name string, i int) int {
	for j := i - 1; j >= 0; j-- {
		if d.Stages[j].Name != "" && strings.EqualFold(d.Stages[j].Name, name) {
			return j
		}
	}
	return -1
}

// Bases returns the images that the file builds on, scratch left out, each
// with the line of its FROM. With final they are those of the final image, at
// most one.
func (d *Dockerfile) Bases(final bool) []Text {
	stages := d.Stages
	if final {
		stages = d.Final()
	}
	var bases []Text
	for _, s := range stages {
		at := slices.IndexFunc(d.Stages, func(o Stage) bool { return o.Line == s.Line })
		if s.From != "scratch" && d.earlier(s.From, at) < 0 {
			bases = append(bases, Text{s.From, s.Line})
		}
	}
	return bases
}

// User returns the user of the final image, as its stages say, or the zero
// value where only the base image knows.
func (d *Dockerfile) User() Text {
	for _, s := range d.Final() {
		if s.User.Value != "" {
			return s.User
		}
	}
	return Text{}
}

// Root reports whether the user is root: by name, number, or as user:group.
func (t Text) Root() bool {
	user, _, _ := strings.Cut(t.Value, ":")
	return user == "root" || user == "0"
}

// Numeric reports whether the user is a number. The kubelet can tell only of
// a number that it is not root.
func (t Text) Numeric() bool {
	user, _, _ := strings.Cut(t.Value, ":")
	_, err := strconv.ParseUint(user, 10, 32)
	return err == nil
}
