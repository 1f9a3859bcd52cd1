package budget

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestABudgetPaysItsMinimumAndThenItsShare(t *testing.T) {
	b := New(0.1, 10)
	spent := 0
	for range 1000 {
		b.Earn()
		for b.Spend() {
			spent++
		}
	}
	if spent < 109 || spent > 110 {
		t.Errorf("%d retries for 1000 calls, want 10 and a tenth", spent)
	}
}

func TestABudgetSavesNoMoreThanItsMinimum(t *testing.T) {
	b := New(1, 3)
	for range 100 {
		b.Earn()
	}
	if got := b.balance.Load(); got != 3*thousandths {
		t.Errorf("saved %d thousandths", got)
	}
}

func TestABudgetIsSharedByManyGoroutines(t *testing.T) {
	b := New(0.5, 5)
	var spent atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				b.Earn()
				if b.Spend() {
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
