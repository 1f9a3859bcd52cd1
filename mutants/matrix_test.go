package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/golive-dev/golive/catalogue"
	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/review"
)

// reviewsAtOnce leaves two cores some room: a review mostly waits.
const reviewsAtOnce = 3

// TestMatrix reviews the healthy service, which must pass every judged
// requirement, and every mutant, which must fail its own and no other. The
// table of it is written to bin/matrix.txt.
func TestMatrix(t *testing.T) {
	program := filepath.Join(t.TempDir(), "mutants")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the mutants: %v\n%s", err, out)
	}
	m := matrix{slots: make(chan struct{}, reviewsAtOnce)}
	t.Cleanup(func() { m.write(t, filepath.Join("..", "bin", "matrix.txt")) })
	t.Run("reviews", func(t *testing.T) {
		for _, name := range append([]string{healthy}, slices.Sorted(maps.Keys(mutants))...) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				m.judge(t, program, name)
			})
		}
	})
}

type matrix struct {
	slots chan struct{}
	mu    sync.Mutex
	rows  []string
}

func (m *matrix) judge(t *testing.T, program, name string) {
	m.slots <- struct{}{}
	defer func() { <-m.slots }()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), program, "-repository", name, dir).CombinedOutput(); err != nil {
		t.Fatalf("writing the repository: %v\n%s", err, out)
	}
	want := mutants[name].requirement // "" for the healthy one
	began := time.Now()
	v := verdictOf(t, dir)
	var failed []string
	for _, r := range v.Results {
		switch {
		case r.Outcome == check.Failed:
			failed = append(failed, r.ID)
			if r.ID != want {
				t.Errorf("%s fails as well: %s", r.ID, r.Reason)
			}
		case r.Judged() && r.Outcome != check.Passed && name == healthy:
			t.Errorf("%s is %s: %s", r.ID, r.Outcome, r.Reason)
		case r.ID == want:
			t.Errorf("%s is %s, not failed: %s", r.ID, r.Outcome, r.Reason)
		}
	}
	m.add(name, want, failed, time.Since(began))
}

func verdictOf(t *testing.T, dir string) *check.Verdict {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	set, err := review.Gather(ctx, review.Options{Dir: dir, Requirements: catalogue.Requirements()})
	if err != nil {
		t.Fatal(err)
	}
	v, err := check.Judge(set, catalogue.Requirements(), check.Options{Standard: catalogue.Version, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (m *matrix) add(name, want string, failed []string, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = append(m.rows, fmt.Sprintf("%s\t%s\t%s\t%s", name, dash(want), dash(strings.Join(failed, ", ")), took.Round(100*time.Millisecond)))
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func (m *matrix) write(t *testing.T, path string) {
	slices.Sort(m.rows)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := tabwriter.NewWriter(file, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "MUTANT\tMUST FAIL\tFAILED\tTOOK")
	for _, row := range m.rows {
		fmt.Fprintln(w, row)
	}
	if err := w.Flush(); err != nil {
		t.Error(err)
	}
}
