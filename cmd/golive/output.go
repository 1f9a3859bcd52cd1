package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/report"
)

// output is one report: a format, and the file it goes to or "" for stdout.
type output struct {
	format report.Format
	path   string
}

// outputsOf reads the values of --format. Unless one of them goes to stdout,
// a text report does.
func outputsOf(flags []string) ([]output, error) {
	var outputs []output
	onStdout := ""
	for _, value := range flags {
		name, path, toFile := strings.Cut(value, "=")
		format, err := report.Lookup(name)
		if err != nil {
			return nil, usagef("--format %s: %w", value, err)
		}
		if toFile && path == "" {
			return nil, usagef("--format %s names no file; write --format %s=FILE, or --format %s for stdout", value, name, name)
		}
		if path == "" && onStdout != "" {
			return nil, usagef("--format %s and --format %s both go to stdout; write one to a file: --format %s=FILE", onStdout, name, name)
		}
		if path == "" {
			onStdout = name
		}
		outputs = append(outputs, output{format, path})
	}
	if onStdout == "" {
		text, _ := report.Lookup("text")
		outputs = append(outputs, output{text, ""})
	}
	return outputs, nil
}

func (c *cli) report(v *check.Verdict, outputs []output) error {
	for _, o := range outputs {
		if o.path == "" {
			if err := o.format.Write(c.stdout, v, terminalOptions(c.stdout)); err != nil {
				return fmt.Errorf("writing the %s report: %w", o.format.Name, err)
			}
			continue
		}
		err := writeFile(o.path, func(w io.Writer) error { return o.format.Write(w, v, report.Options{}) })
		if err != nil {
			return err
		}
		c.sayf("wrote %s", o.path)
	}
	return nil
}

// distinct refuses two files of one name, and files that cannot be written.
func distinct(paths []string) error {
	seen := map[string]bool{}
	for _, path := range paths {
		target, replace := destination(path)
		if abs, err := filepath.Abs(target); err == nil {
			target = abs
		}
		if seen[target] && replace {
			return usagef("%s would be written twice; name another file for one of the two", path)
		}
		seen[target] = true
		if err := writable(path); err != nil {
			return err
		}
	}
	return nil
}

// terminalOptions returns how to write to w: in colour and as wide as it is,
// where it is a terminal.
func terminalOptions(w io.Writer) report.Options {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return report.Options{}
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		width = 0
	}
	return report.Options{Color: os.Getenv("NO_COLOR") == "", Width: width}
}
