package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/golive-dev/golive/service"
)

// located names golive.yaml by its whole path in errors, for editors to open.
func located(dir string, err error) error {
	var declared service.Errors
	if !errors.As(err, &declared) {
		return err
	}
	list := slices.Clone(declared)
	for i := range list {
		list[i].File = filepath.Join(dir, list[i].File)
	}
	return list
}

// noDeclaration says what to do when golive.yaml is missing; other errors of
// loading it stay as they are.
func noDeclaration(dir string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return usagef("there is no %s in %s; %s writes one, or begin with\n%s", service.FileName, dir, command("init", dir), service.LinesForDrills(nil))
	}
	return located(dir, err)
}

// command is the command line that does verb to dir. It leaves out the
// directory that golive would look at anyway.
func command(verb, dir string) string {
	if dir == "." {
		return "golive " + verb
	}
	return "golive " + verb + " " + dir
}
