package main

import (
	"errors"
	"io/fs"

	"github.com/golive-dev/golive/service"
)

// noDeclaration says what to do when golive.yaml is missing; other errors of
// loading it stay as they are.
func noDeclaration(dir string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return usagef("there is no %s in %s; %s writes one, or begin with\n%s", service.FileName, dir, command("init", dir), service.LinesForDrills(nil))
	}
	return err
}

// command is the command line that does verb to dir. It leaves out the
// directory that golive would look at anyway.
func command(verb, dir string) string {
	if dir == "." {
		return "golive " + verb
	}
	return "golive " + verb + " " + dir
}
