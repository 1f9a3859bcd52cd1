package idempotency

import (
	"bytes"
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"
)

// mostBytes bounds the answers that a memory store keeps.
const mostBytes = 64 << 20

// NewMemory returns a store within this process: for tests, and for services of
// one replica that may forget at a restart. It holds at most max keys and 64 MiB
// of answers; the oldest answers make room for new ones. 0 means 10,000 keys.
func NewMemory(max int) Store {
	if max <= 0 {
		max = 10_000
	}
	return &memory{max: max, entries: map[string]*entry{}, done: list.New()}
}

type memory struct {
	max int

	mu      sync.Mutex
	entries map[string]*entry
	done    *list.List // of those with an answer, the oldest first
	bytes   int
}

type entry struct {
	key, fingerprint, owner string
	expires                 time.Time
	answer                  *Answer
	place                   *list.Element // in done
}

// Begin claims a key.
func (m *memory) Begin(ctx context.Context, c Claim) (Answer, State, error) {
	if err := ctx.Err(); err != nil {
		return Answer{}, 0, fmt.Errorf("claim an idempotency key: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entries[c.Key]
	if e != nil && !time.Now().Before(e.expires) {
		m.remove(e)
		e = nil
	}
	switch {
	case e == nil:
		return Answer{}, Fresh, m.add(c)
	case e.fingerprint != c.Fingerprint:
		return Answer{}, Mismatch, nil
	case e.answer == nil:
		return Answer{}, InProgress, nil
	default:
		return e.answer.copy(), Done, nil
	}
}

func (m *memory) add(c Claim) error {
	if len(m.entries) >= m.max && !m.makeRoom() {
		return ErrFull
	}
	m.entries[c.Key] = &entry{key: c.Key, fingerprint: c.Fingerprint, owner: c.Owner, expires: time.Now().Add(c.Lease)}
	return nil
}

// makeRoom forgets the oldest answer, or else what crashed requests left.
func (m *memory) makeRoom() bool {
	if oldest := m.done.Front(); oldest != nil {
		m.remove(oldest.Value.(*entry))
		return true
	}
	now, before := time.Now(), len(m.entries)
	for _, e := range m.entries {
		if !now.Before(e.expires) {
			m.remove(e)
		}
	}
	return len(m.entries) < before
}

func (m *memory) remove(e *entry) {
	delete(m.entries, e.key)
	if e.place != nil {
		m.done.Remove(e.place)
		m.bytes -= e.answer.size()
	}
}

// Complete keeps an answer.
func (m *memory) Complete(_ context.Context, c Claim, a Answer, keep time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entries[c.Key]
	if e == nil || e.owner != c.Owner || e.answer != nil {
		return ErrLost
	}
	kept := a.copy()
	for m.bytes+kept.size() > mostBytes && m.done.Len() > 0 {
		m.remove(m.done.Front().Value.(*entry))
	}
	e.answer, e.expires, e.place = &kept, time.Now().Add(keep), m.done.PushBack(e)
	m.bytes += kept.size()
	return nil
}

// Abandon frees a key.
func (m *memory) Abandon(_ context.Context, c Claim) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.entries[c.Key]; e != nil && e.owner == c.Owner && e.answer == nil {
		m.remove(e)
	}
	return nil
}

func (a Answer) copy() Answer {
	a.Header, a.Body = a.Header.Clone(), bytes.Clone(a.Body)
	return a
}

func (a Answer) size() int {
	n := len(a.Body)
	for name, values := range a.Header {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}
