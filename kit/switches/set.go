package switches

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options say where the switches of a [Set] are flipped from and where flips
// are told. The zero value is a set without a file.
type Options struct {
	// File holds a JSON object of names and booleans, such as
	// {"recommendations": false}. "" means that there is none.
	File string
	// Every is how often the file is read. 0 means 2 s: as fast as an incident
	// asks for, and one read of a small file is not felt.
	Every time.Duration
	// Log is told each flip. nil means [slog.Default].
	Log *slog.Logger
	// Registerer gets the metrics switch_on and switch_flips_total, by switch,
	// and switch_file_failing. nil means that they are not registered.
	Registerer prometheus.Registerer
}

// A Set holds the switches of a service.
type Set struct {
	file  string
	every time.Duration
	log   *slog.Logger

	mu       sync.Mutex
	switches map[string]*Switch
	content  []byte          // of the file when it was last read
	read     bool            // whether content was ever read
	said     map[string]bool // what the last good file says
	failing  string          // why the file could not be used at the last try
}

// New returns a set and reads its file once, so that a service that restarts
// in an incident begins with its switches as they are said to be. A file that
// is missing or malformed is logged and changes nothing.
//
// It panics, as registrations do, if the metrics are in the Registerer
// already: one set serves a whole process.
func New(o Options) *Set {
	s := &Set{file: o.File, every: o.Every, log: o.Log, switches: map[string]*Switch{}}
	if s.every <= 0 {
		s.every = 2 * time.Second
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if o.Registerer != nil {
		o.Registerer.MustRegister(collector{s})
	}
	_ = s.Reload() // logged there
	return s
}

var wellFormed = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`)

// Switch adds a switch and returns it. Usage says in a few words what is lost
// when it is off; on is what it is while neither the file nor the ops port
// says otherwise.
//
// It panics, as registrations do, if the name is taken or is not up to 64
// letters, digits, points, hyphens and underscores.
func (s *Set) Switch(name, usage string, on bool) *Switch {
	if !wellFormed.MatchString(name) {
		panic(fmt.Sprintf("switches: %q is no name of a switch: use up to 64 letters, digits, '.', '-' and '_'", name))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.switches[name] != nil {
		panic(fmt.Sprintf("switches: %s is there already; hand the *Switch to all who need it", name))
	}
	w := &Switch{name: name, usage: usage, preset: on, by: "preset", since: now()}
	w.on.Store(on)
	s.switches[name] = w
	if said, ok := s.said[name]; ok {
		s.obey(w, &said)
	}
	return w
}

// ErrUnknown is wrapped by the error of [Set.Set] for a name that no switch has.
var ErrUnknown = errors.New("no such switch")

// Set flips a switch by hand. Who stands in the log: a person, or the place
// that asked. The flip holds until the file says something else about this
// switch than it does now, or the process ends.
func (s *Set) Set(name string, on bool, who string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.switches[name]
	if w == nil {
		return fmt.Errorf("%w: %s; there are: %s", ErrUnknown, name, strings.Join(s.names(), ", "))
	}
	s.flip(w, on, who)
	return nil
}

// flip is called with the mutex held.
func (s *Set) flip(w *Switch, on bool, who string) {
	if w.on.Swap(on) == on {
		return
	}
	w.flips.Add(1)
	w.by, w.since = who, now()
	s.log.Warn("switch.flipped", "switch", w.name, "on", on, "by", who)
}

// names is called with the mutex held.
func (s *Set) names() []string {
	names := make([]string, 0, len(s.switches))
	for name := range s.switches {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }
