package shed_test

import (
	"context"
	"testing"

	"github.com/golive-dev/golive/kit/shed"
)

// The target is at most 100 ns and no allocation for taking and giving back.
func BenchmarkAcquire(b *testing.B) {
	for name, o := range map[string]shed.Options{"fixed": {}, "adaptive": {Adaptive: true}, "queue": {Queue: 64}} {
		o.Log = quiet
		b.Run(name, func(b *testing.B) {
			l, ctx := shed.New(o), context.Background()
			b.ReportAllocs()
			for b.Loop() {
				ticket, _ := l.Acquire(ctx, shed.Normal)
				ticket.Release(true)
			}
		})
	}
}

func BenchmarkAcquireParallel(b *testing.B) {
	l, ctx := shed.New(shed.Options{Adaptive: true, Log: quiet}), context.Background()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			ticket, _ := l.Acquire(ctx, shed.Normal)
			ticket.Release(true)
		}
	})
}

func BenchmarkRefuse(b *testing.B) {
	l, ctx := shed.New(shed.Options{Limit: 1, Log: quiet}), context.Background()
	l.Acquire(ctx, shed.Critical)
	b.ReportAllocs()
	for b.Loop() {
		l.Acquire(ctx, shed.Normal)
	}
}

func TestAcquireAllocatesNothing(t *testing.T) {
	for _, adaptive := range []bool{false, true} {
		l, ctx := shed.New(shed.Options{Adaptive: adaptive, Log: quiet}), context.Background()
		if n := testing.AllocsPerRun(1000, func() {
			ticket, _ := l.Acquire(ctx, shed.Normal)
			ticket.Release(true)
		}); n > 0 {
			t.Errorf("adaptive %v: %.1f allocations", adaptive, n)
		}
	}
}
