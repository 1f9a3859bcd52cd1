package measure

import (
	"fmt"
	"runtime"
	"syscall"
	"time"
)

// Cost is what a number of operations used.
type Cost struct {
	Operations  int64
	CPU         time.Duration // of the whole process, user and system
	Allocations uint64        // objects on the heap
}

// PerOperation returns the mean processor time of one operation.
func (c Cost) PerOperation() time.Duration {
	return time.Duration(c.Nanoseconds())
}

// Nanoseconds returns the mean processor time of one operation, in
// nanoseconds with fractions.
func (c Cost) Nanoseconds() float64 { return float64(c.CPU) / float64(max(c.Operations, 1)) }

// AllocationsEach returns the mean number of allocations of one operation.
func (c Cost) AllocationsEach() float64 {
	return float64(c.Allocations) / float64(max(c.Operations, 1))
}

// Loop does an operation n times.
type Loop func(n int)

// batch is how many operations pass between two looks at the clock.
const batch = 1024

// Run repeats the operation for about d and returns what it used. A tenth of
// d goes before to warm caches and pools.
func Run(d time.Duration, loop Loop) (Cost, error) {
	repeat(d/10, loop)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, err := ProcessCPU()
	if err != nil {
		return Cost{}, err
	}
	n := repeat(d, loop)
	end, err := ProcessCPU()
	runtime.ReadMemStats(&after)
	return Cost{n, end - cpu, after.Mallocs - before.Mallocs}, err
}

func repeat(d time.Duration, loop Loop) (n int64) {
	for start := time.Now(); time.Since(start) < d; n += batch {
		loop(batch)
	}
	return n
}

// ProcessCPU returns the processor time that this process has used so far.
func ProcessCPU() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("ask for the process's processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
