// Package report renders a verdict. Every format is a view of the same
// [check.Verdict]: none judges, none leaves an outcome out, and none trusts
// the text that it shows, since most of it was written by the service under
// review.
//
// A format is one file that registers itself, so adding one edits no other.
package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
)

// Options are what a rendering depends on besides the verdict.
type Options struct {
	// Color allows terminal colours. Formats that are no text ignore it.
	Color bool
	// Width is the number of columns that text may fill; 0 means
	// [DefaultWidth].
	Width int
	// Version is the version of golive, which formats that name the tool
	// state; it may be empty.
	Version string
}

// DefaultWidth is the number of columns of a text report whose reader is no
// terminal.
const DefaultWidth = 100

// Format is one way to render a verdict.
type Format struct {
	Name    string // as in --format
	Summary string // one line for --help
	// Write renders v to w. Its only errors are those of w.
	Write func(w io.Writer, v *check.Verdict, o Options) error
}

var formats = map[string]Format{}

// register adds f; two formats of one name are a defect that must not get as
// far as a release, so it panics.
func register(f Format) Format {
	if _, taken := formats[f.Name]; taken {
		panic("report: the format " + f.Name + " is registered twice")
	}
	formats[f.Name] = f
	return f
}

// Names returns the names of all formats, sorted.
func Names() []string { return slices.Sorted(maps.Keys(formats)) }

// Lookup returns the format called name, or an error that lists those that
// there are.
func Lookup(name string) (Format, error) {
	f, ok := formats[name]
	if !ok {
		return Format{}, fmt.Errorf("no report format is called %q; the formats are %s", clean(name), strings.Join(Names(), ", "))
	}
	return f, nil
}
