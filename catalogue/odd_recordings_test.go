package catalogue

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
)

// passing calls do with each passing fixture that has recordings.
func passing(t *testing.T, do func(t *testing.T, c *check.Check, set *evidence.Set)) {
	archives, err := filepath.Glob("*/testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("there are no fixtures", err)
	}
	for _, file := range archives {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := registered(fixtureID(file))
		for name, content := range byFolder(t, archive) {
			recorded := slices.ContainsFunc(content, func(f txtar.File) bool { return strings.HasPrefix(f.Name, "recording/") })
			if word, _, _ := strings.Cut(name, "-"); word != "pass" || !recorded || len(c.Drills()) == 0 {
				continue
			}
			t.Run(fixtureID(file)+"/"+name, func(t *testing.T) {
				set, _ := fixtureSet(t, content)
				do(t, c, set)
			})
		}
	}
}

// judged judges what is left of the recordings when change has been at each
// event: it returns the events to put in its place.
func judged(t *testing.T, c *check.Check, set *evidence.Set, change func(drill string, e evidence.Event) []evidence.Event) check.Result {
	t.Helper()
	var recs []*evidence.Recording
	for _, name := range set.Drills() {
		rec := *set.Recording(name)
		rec.Events = nil
		for _, e := range set.Recording(name).Events {
			rec.Events = append(rec.Events, change(name, e)...)
		}
		recs = append(recs, &rec)
	}
	return judgeFixture(t, c, evidence.NewSet(set.Service(), set.Build(), nil, recs...))
}

// A drill that did not get to one of its trials proves nothing.
func TestNothingPassesWithATrialMissing(t *testing.T) {
	passing(t, func(t *testing.T, c *check.Check, set *evidence.Set) {
		if c.Needs < check.Observed {
			return // what files show may do
		}
		for _, name := range set.Drills() {
			for _, trial := range set.Recording(name).Trials() {
				r := judged(t, c, set, func(drill string, e evidence.Event) []evidence.Event {
					if drill == name && e.Trial == trial {
						return nil
					}
					return []evidence.Event{e}
				})
				if r.Outcome == check.Passed {
					t.Errorf("it passes without drill %s, %s:\n%s", name, trial, told(r))
				}
			}
		}
	})
}

// A recording may hold events that say nothing, or none of a type, or break
// off anywhere: no check may break over that.
func TestOddRecordingsBreakNoCheck(t *testing.T) {
	types := reflect.VisibleFields(reflect.TypeFor[evidence.Event]())
	passing(t, func(t *testing.T, c *check.Check, set *evidence.Set) {
		for _, field := range types {
			if field.Type.Kind() != reflect.Pointer {
				continue
			}
			judged(t, c, set, func(_ string, e evidence.Event) []evidence.Event {
				if !reflect.ValueOf(e).FieldByIndex(field.Index).IsNil() {
					return nil
				}
				return []evidence.Event{e}
			})
			judged(t, c, set, func(_ string, e evidence.Event) []evidence.Event {
				if v := reflect.ValueOf(&e).Elem().FieldByIndex(field.Index); !v.IsNil() {
					v.Set(reflect.New(field.Type.Elem()))
				}
				return []evidence.Event{e}
			})
		}
		for _, share := range []int{1, 2, 3, 5, 8} {
			n := 0
			judged(t, c, set, func(_ string, e evidence.Event) []evidence.Event {
				if n++; n%share == 0 {
					return nil
				}
				return []evidence.Event{e}
			})
		}
		judged(t, c, set, func(_ string, e evidence.Event) []evidence.Event {
			again := e
			again.At += 1 << 40
			return []evidence.Event{e, again, {At: e.At, Trial: e.Trial, Stall: &evidence.Stall{}}}
		})
	})
}

// What a service does not declare keeps nobody from judging.
func TestRecordingsOfAnotherServiceBreakNoCheck(t *testing.T) {
	passing(t, func(t *testing.T, c *check.Check, set *evidence.Set) {
		var recs []*evidence.Recording
		for _, name := range set.Drills() {
			recs = append(recs, set.Recording(name))
		}
		r := judgeFixture(t, c, evidence.NewSet(nil, evidence.Build{At: time.Unix(1, 0)}, nil, recs...))
		if r.Reason == "" {
			t.Errorf("it is %s for no reason", r.Outcome)
		}
	})
}
