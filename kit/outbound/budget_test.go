package outbound

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestABudgetPaysItsMinimumAndThenItsShare(t *testing.T) {
	b := newBudget(0.1, 10)
	spent := 0
	for range 1000 {
		b.earn()
		for b.spend() {
			spent++
		}
	}
	if spent < 109 || spent > 110 {
		t.Errorf("%d retries for 1000 calls, want 10 and a tenth", spent)
	}
}

func TestABudgetSavesNoMoreThanItsMinimum(t *testing.T) {
	b := newBudget(1, 3)
	for range 100 {
		b.earn()
	}
	if got := b.balance.Load(); got != 3*thousandths {
		t.Errorf("saved %d thousandths", got)
	}
}

func TestABudgetIsSharedByManyGoroutines(t *testing.T) {
	b := newBudget(0.5, 5)
	var spent atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				b.earn()
				if b.spend() {
					spent.Add(1)
				}
			}
		})
	}
	all.Wait()
	if got := spent.Load(); got > 8000/2+5 {
		t.Errorf("%d retries from 8000 calls at a half", got)
	}
}

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
