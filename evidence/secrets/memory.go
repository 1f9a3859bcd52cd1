package secrets

import (
	"hash/maphash"
	"sync"
)

// memory remembers texts by their hash, so that the history does not repeat
// what the tree shows, nor a revert what a commit did. It is safe for
// concurrent use.
type memory struct {
	seed maphash.Seed
	mu   sync.Mutex
	seen map[uint64]bool
}

func newMemory() *memory {
	return &memory{seed: maphash.MakeSeed(), seen: map[uint64]bool{}}
}

// add remembers text and reports whether it is new.
func (m *memory) add(text string) bool {
	sum := maphash.String(m.seed, text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen[sum] {
		return false
	}
	m.seen[sum] = true
	return true
}
