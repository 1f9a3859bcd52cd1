package files

import (
	"context"
	"fmt"

	"github.com/golive-dev/golive/evidence"
)

// Collector turns the files of one format into records. It never judges. The
// same tree gives the same records in the same order; a file that cannot be
// parsed costs a record of kind [ProblemKind] and nothing else, so the error
// is only ever that of the context or of golive itself.
type Collector interface {
	// Name is the collector's name in problems and progress: "kube".
	Name() string
	Collect(ctx context.Context, t *Tree) ([]evidence.Record, error)
}

// ProblemKind is the kind of records that hold a [Problem].
const ProblemKind evidence.Kind = "files/problem"

// Problem says what of a file could not be read, and why.
type Problem struct {
	Text string `json:"text"`
}

// Problemf returns a record that says what is wrong at file:line; line 0
// means the whole file.
func Problemf(file string, line int, format string, args ...any) evidence.Record {
	return evidence.New(ProblemKind, evidence.Source{File: file, Line: line}, Problem{fmt.Sprintf(format, args...)})
}

// Each calls parse for every file with text whose path matches, on as many
// goroutines as there are cores, and returns the records in the order of the
// paths. A parser that panics on a file costs that file a problem. When ctx
// ends, the records are incomplete: the caller returns ctx.Err().
func Each(ctx context.Context, t *Tree, match func(path string) bool, parse func(File) []evidence.Record) []evidence.Record {
	var picked []int
	for i := range t.Files {
		if t.Files[i].Skipped == "" && match(t.Files[i].Path) {
			picked = append(picked, i)
		}
	}
	found := make([][]evidence.Record, len(picked))
	parallel(ctx, len(picked), func(i int) { //nolint:errcheck // the caller asks ctx
		found[i] = guarded(t.Files[picked[i]], parse)
	})
	var all []evidence.Record
	for _, records := range found {
		all = append(all, records...)
	}
	return all
}

func guarded(f File, parse func(File) []evidence.Record) (records []evidence.Record) {
	defer func() {
		if x := recover(); x != nil {
			records = []evidence.Record{Problemf(f.Path, 0, "it broke the parser: %v", x)}
		}
	}()
	return parse(f)
}

// SummaryKind is the kind of the one record that holds a [Summary].
const SummaryKind evidence.Kind = "files/summary"

// Summary says how much of the directory was looked at.
type Summary struct {
	Files   int            `json:"files"`
	Bytes   int64          `json:"bytes"`             // of text
	Skipped map[string]int `json:"skipped,omitempty"` // files whose text was not read, by reason
	LeftOut []LeftOut      `json:"leftout,omitempty"` // at most 100
	Unread  []LeftOut      `json:"unread,omitempty"`  // at most 100 of the text files that were too large or could not be read
}

// Summary returns what the tree holds and what it lacks.
func (t *Tree) Summary() Summary {
	s := Summary{Files: len(t.Files), LeftOut: t.LeftOut[:min(100, len(t.LeftOut))]}
	for _, f := range t.Files {
		s.Bytes += int64(len(f.Text))
		if f.Skipped != "" {
			if s.Skipped == nil {
				s.Skipped = map[string]int{}
			}
			s.Skipped[f.Skipped]++
			if worthReading(f.Skipped) && len(s.Unread) < 100 {
				s.Unread = append(s.Unread, LeftOut{f.Path, f.Skipped})
			}
		}
	}
	return s
}

// worthReading reports whether a file was passed over for want of room or
// right, and not because it holds no text of its own.
func worthReading(skipped string) bool {
	switch skipped {
	case "binary", "symlink", "not a regular file":
		return false
	}
	return true
}
