package rig

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/golive-dev/golive/service"
)

// substituted is a service.Run whose ${…} have their values.
type substituted struct {
	args []string
	env  []service.Pair
	dir  string // absolute
}

// substitute puts vars into r. All unknown variables are reported at once,
// each with its key below the given one ("run", "dependencies.db.run"). A
// relative directory lies in home.
func substitute(key, home string, r service.Run, vars variables) (substituted, error) {
	var errs []error
	expand := func(at, s string) string {
		v, err := vars.expand(key+"."+at, s)
		errs = append(errs, err)
		return v
	}
	var s substituted
	for _, a := range r.Command {
		s.args = append(s.args, expand("command", a))
	}
	for _, p := range r.Env {
		s.env = append(s.env, service.Pair{Name: p.Name, Value: expand("env."+p.Name, p.Value)})
	}
	s.dir = r.Dir
	if !filepath.IsAbs(s.dir) {
		s.dir = filepath.Join(home, s.dir)
	}
	if len(r.Command) == 0 {
		errs = append(errs, &StartError{Reason: key + ".command is missing; write how a process is started, as [bin/server]"})
	}
	return s, errors.Join(errs...)
}

// resolve returns the executable's absolute path. A name with a slash is
// relative to dir, others are found on PATH.
func resolve(key, name, dir string) (string, error) {
	if !strings.Contains(name, "/") {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", &StartError{Reason: fmt.Sprintf("%s.command: %s is not on PATH", key, name)}
		}
		return filepath.Abs(path)
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, name)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", &StartError{Reason: fmt.Sprintf("%s.command: %s does not exist; does %s.build make it?", key, path, key)}
	case info.IsDir() || info.Mode()&0o111 == 0:
		return "", &StartError{Reason: fmt.Sprintf("%s.command: %s is no executable file", key, path)}
	}
	return path, nil
}
