package health

import (
	"encoding/json"
	"net/http"
	"time"
)

// LiveHandler answers 200 as long as the process and its loops go on, else 503
// with the loops that do not. It never looks at a dependency.
func (m *Monitor) LiveHandler() http.Handler {
	return handler(func() (bool, any) {
		live, stalled := m.Live()
		return live, liveAnswer(live, stalled)
	})
}

// ReadyHandler answers 200 if requests may be sent here, else 503, with how
// each dependency is: its name and state, and no error text, for that may hold
// what only the inside may know. It answers from memory.
func (m *Monitor) ReadyHandler() http.Handler {
	return handler(func() (bool, any) {
		ready, statuses := m.Ready()
		return ready, m.readyAnswer(ready, statuses)
	})
}

func handler(answer func() (ok bool, body any)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "use GET", http.StatusMethodNotAllowed)
			return
		}
		ok, body := answer()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if !ok {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(body) // a prober that left is no failure
	})
}

type liveBody struct {
	Status  string    `json:"status"` // "live" or "stalled"
	Stalled []stalled `json:"stalled,omitempty"`
}

type stalled struct {
	Loop      string  `json:"loop"`
	SilentFor float64 `json:"silent_for_seconds"`
	Max       float64 `json:"max_seconds"`
}

func liveAnswer(live bool, pulses []Pulse) liveBody {
	body := liveBody{Status: "live"}
	if !live {
		body.Status = "stalled"
	}
	for _, p := range pulses {
		body.Stalled = append(body.Stalled, stalled{p.Name, round(p.Since), round(p.Max)})
	}
	return body
}

type readyBody struct {
	Status       string       `json:"status"` // "ready", "starting", "draining" or "waiting"
	Dependencies []readyState `json:"dependencies"`
}

type readyState struct {
	Name     string  `json:"name"`
	Critical bool    `json:"critical"`
	State    State   `json:"state"`
	For      float64 `json:"for_seconds"`
}

func (m *Monitor) readyAnswer(ready bool, statuses []Status) readyBody {
	body := readyBody{Status: m.phase(ready), Dependencies: []readyState{}}
	for _, s := range statuses {
		body.Dependencies = append(body.Dependencies, readyState{s.Name, s.Critical, s.State, round(time.Since(s.Since))})
	}
	return body
}

func (m *Monitor) phase(ready bool) string {
	switch {
	case ready:
		return "ready"
	case m.draining.Load():
		return "draining"
	case !m.started.Load():
		return "starting"
	default:
		return "waiting"
	}
}

func round(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }
