package main

import (
	"sync"
	"time"

	"github.com/golive-dev/golive/kit/problem"
)

// charge is one payment.
type charge struct {
	ID       string    `json:"id"`
	Item     string    `json:"item"`
	Quantity int       `json:"quantity"`
	State    string    `json:"state"` // always paid, once it is taken
	TakenAt  time.Time `json:"taken_at"`
}

// Validate refuses charges for nothing.
func (c charge) Validate() error {
	if c.Quantity < 1 {
		return problem.Field{Pointer: "/quantity", Detail: "must be at least 1"}
	}
	return nil
}

// till remembers the latest charges. The zero value is an empty till; it is
// safe for concurrent use.
type till struct {
	mu    sync.Mutex
	taken map[string]charge
	order []string // the ids in taken, oldest first
}

// remembered is how many charges a till knows again.
const remembered = 100_000

// take charges, unless that was done before under the same id. It returns
// the charge that counts and whether it is this one.
func (t *till) take(c charge) (charge, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if earlier, ok := t.taken[c.ID]; ok {
		return earlier, false
	}
	if t.taken == nil {
		t.taken = map[string]charge{}
	}
	if len(t.order) == remembered {
		delete(t.taken, t.order[0])
		t.order = t.order[1:]
	}
	c.State, c.TakenAt = "paid", time.Now().UTC()
	t.taken[c.ID] = c
	t.order = append(t.order, c.ID)
	return c, true
}
