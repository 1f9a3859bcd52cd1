package outbound

import (
	"testing"
	"time"
)

func TestAWindowDoublesUpToItsCap(t *testing.T) {
	b := Backoff{Base: 100 * time.Millisecond, Cap: time.Second}
	for retry, want := range map[int]time.Duration{1: 100, 2: 200, 3: 400, 4: 800, 5: 1000, 1000: 1000} {
		if got := b.window(retry); got != want*time.Millisecond {
			t.Errorf("retry %d: %v", retry, got)
		}
	}
	var least, most time.Duration = time.Hour, 0
	for range 10000 {
		wait := b.wait(2)
		least, most = min(least, wait), max(most, wait)
	}
	if least > 4*time.Millisecond || most < 196*time.Millisecond || most > 200*time.Millisecond {
		t.Errorf("the waits lie in %v to %v, want all of 0 to 200ms", least, most)
	}
}
