package switches

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// State is what [Set.Handler] and [Set.States] tell of a switch.
type State struct {
	Name   string `json:"name"`
	Usage  string `json:"usage"`
	On     bool   `json:"on"`
	Preset bool   `json:"preset"`
	By     string `json:"by"`    // who flipped it last, or "preset"
	Since  string `json:"since"` // RFC 3339, UTC
}

// States returns all switches, by name.
func (s *Set) States() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := make([]State, 0, len(s.switches))
	for _, name := range s.names() {
		states = append(states, s.switches[name].state())
	}
	return states
}

func (w *Switch) state() State {
	return State{w.name, w.usage, w.on.Load(), w.preset, w.by, w.since}
}

// Handler serves the switches: GET of its root lists them, PUT of a name with
// the body true or false flips one. It knows no callers, so it belongs on a
// port that only operators reach. Mount it with [http.StripPrefix].
func (s *Set) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.Trim(r.URL.Path, "/")
		switch {
		case r.Method == http.MethodPut && name != "":
			s.put(w, r, name)
		case (r.Method == http.MethodGet || r.Method == http.MethodHead) && name == "":
			answer(w, s.States())
		default:
			w.Header().Set("Allow", map[bool]string{true: "GET, HEAD", false: "PUT"}[name == ""])
			http.Error(w, "GET the root to list the switches, PUT true or false to a name to flip one", http.StatusMethodNotAllowed)
		}
	})
}

func (s *Set) put(w http.ResponseWriter, r *http.Request, name string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 16))
	value := strings.TrimSpace(string(body))
	if err != nil || value != "true" && value != "false" {
		http.Error(w, "the body must be true or false", http.StatusBadRequest)
		return
	}
	switch err := s.Set(name, value == "true", "ops port, "+peer(r)); {
	case errors.Is(err, ErrUnknown):
		http.Error(w, err.Error(), http.StatusNotFound)
	default:
		answer(w, s.state(name))
	}
}

func (s *Set) state(name string) State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.switches[name].state()
}

func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "unknown peer"
	}
	return host
}

func answer(w http.ResponseWriter, what any) {
	text, err := json.MarshalIndent(what, "", "  ")
	if err != nil {
		http.Error(w, "the switches cannot be told", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = fmt.Fprintf(w, "%s\n", text) // a caller that left is no failure
}
