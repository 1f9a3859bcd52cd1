// Package evidence holds what collectors and drills saw, and nothing that
// anybody thinks of it: an immutable [Set] of records that can be written as
// one NDJSON stream, moved, and read again.
package evidence

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/golive-dev/golive/service"
)

// Kind names a type of record. Each collector exports the kinds that it
// emits; a drill's are [Recorded](name).
type Kind string

// Recorded is the kind of what the drill called name wrote down.
func Recorded(drill string) Kind { return Kind("recording/" + drill) }

// Source is where a record, or a part of one, was found: a file and line, or
// the name of a drill or endpoint.
type Source struct {
	File string `json:"file,omitempty"` // slash-separated, relative to the service's directory
	Line int    `json:"line,omitempty"` // from 1; 0 when the whole file is meant
	Name string `json:"name,omitempty"` // what is no file: "GET http://…/metrics", "history 3f2a91c"
}

// String formats s as file:line.
func (s Source) String() string {
	switch {
	case s.File == "":
		return s.Name
	case s.Line > 0:
		return fmt.Sprintf("%s:%d", s.File, s.Line)
	}
	return s.File
}

// Record is one piece of evidence. Data is never changed after the record
// was made.
type Record struct {
	Kind   Kind      `json:"kind"`
	Source Source    `json:"source,omitzero"`
	At     time.Time `json:"at,omitzero"`
	Data   any       `json:"data"`
}

// New returns a record of the given kind.
func New(kind Kind, source Source, data any) Record {
	return Record{Kind: kind, Source: source, Data: data}
}

// Build identifies what was examined. A verdict belongs to it.
type Build struct {
	Commit      string    `json:"commit"`
	Dirty       bool      `json:"dirty"`
	Digest      string    `json:"digest"`      // sha256 of the artefact that ran; "" when none ran
	Spec        string    `json:"spec"`        // sha256 of golive.yaml
	Environment string    `json:"environment"` // "local", "local, without db", or the URL that was looked at
	At          time.Time `json:"at"`
}

// Set is all evidence about one build. It is immutable and safe for
// concurrent use.
type Set struct {
	service    *service.Service
	build      Build
	records    map[Kind][]Record
	order      []Kind
	recordings map[string]*Recording

	mu      sync.Mutex
	decoded map[Kind]any // []Item[T], filled by All
}

// NewSet returns the set of the given records. svc may be nil when there is
// no golive.yaml; the records of drills become its recordings.
func NewSet(svc *service.Service, build Build, records []Record, recordings ...*Recording) *Set {
	s := &Set{
		service: svc, build: build,
		records:    map[Kind][]Record{},
		recordings: map[string]*Recording{},
		decoded:    map[Kind]any{},
	}
	if s.service == nil {
		s.service = &service.Service{}
	}
	for _, r := range records {
		if _, seen := s.records[r.Kind]; !seen {
			s.order = append(s.order, r.Kind)
		}
		s.records[r.Kind] = append(s.records[r.Kind], r)
	}
	slices.Sort(s.order)
	for _, r := range recordings {
		s.recordings[r.Drill] = r
	}
	return s
}

// Service returns what the owner declared. It is never nil; without a
// golive.yaml its name is empty.
func (s *Set) Service() *service.Service { return s.service }

// Build returns what was examined.
func (s *Set) Build() Build { return s.build }

// Recording returns what the drill called name wrote down, or nil when it
// has not run.
func (s *Set) Recording(drill string) *Recording { return s.recordings[drill] }

// Drills returns the names of the drills that have recordings, sorted.
func (s *Set) Drills() []string {
	names := make([]string, 0, len(s.recordings))
	for name := range s.recordings {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Has reports whether there is any evidence of the kind.
func (s *Set) Has(kind Kind) bool { return len(s.records[kind]) > 0 }

// Item is a record whose data has its Go type.
type Item[T any] struct {
	Source Source
	Data   T
}

// All returns the records of a kind, in the order of their collection, with
// their data as T. It panics when a record of the kind holds something else:
// that is a defect of the program, not of the service.
func All[T any](s *Set, kind Kind) []Item[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if items, ok := s.decoded[kind].([]Item[T]); ok {
		return items
	}
	items := make([]Item[T], 0, len(s.records[kind]))
	for _, r := range s.records[kind] {
		items = append(items, Item[T]{r.Source, decode[T](r)})
	}
	s.decoded[kind] = items
	return items
}

func decode[T any](r Record) T {
	if v, ok := r.Data.(T); ok {
		return v
	}
	raw, ok := r.Data.(json.RawMessage)
	if !ok {
		panic(fmt.Sprintf("evidence: a record of kind %s holds a %T", r.Kind, r.Data))
	}
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(fmt.Sprintf("evidence: a record of kind %s at %s: %v", r.Kind, r.Source, err))
	}
	return v
}
