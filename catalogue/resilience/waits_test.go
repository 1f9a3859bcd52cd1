package resilience

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// patterns are ways of waiting. Each returns the wait before a retry, from 1.
var patterns = map[string]func(r *rand.Rand, retry int) float64{
	"fixed":            func(_ *rand.Rand, _ int) float64 { return 0.3 },
	"doubling":         func(_ *rand.Rand, n int) float64 { return 0.1 * float64(int(1)<<n) },
	"±10 %":            func(r *rand.Rand, n int) float64 { return 0.1 * float64(int(1)<<n) * (0.9 + 0.2*r.Float64()) },
	"equal":            func(r *rand.Rand, n int) float64 { return 0.1 * float64(int(1)<<n) * (0.5 + 0.5*r.Float64()) },
	"full":             func(r *rand.Rand, n int) float64 { return 0.1 * float64(int(1)<<n) * r.Float64() },
	"full, no growth":  func(r *rand.Rand, _ int) float64 { return 0.4 * r.Float64() },
	"equal, no growth": func(r *rand.Rand, _ int) float64 { return 0.4 * (0.5 + 0.5*r.Float64()) },
	"linear":           func(r *rand.Rand, n int) float64 { return 0.3 + 0.1*float64(n)*(0.9+0.2*r.Float64()) },
}

// chainsOf makes 20 chains of a pattern, with the noise of a busy machine: as
// large as was measured under 94 % of pressure.
func chainsOf(pattern string, attemptsEach int, r *rand.Rand) []chain {
	noise := func() float64 { return 0.004 * r.ExpFloat64() }
	list := make([]chain, 20)
	for i := range list {
		at := noise()
		for n := range attemptsEach {
			if n > 0 {
				at += patterns[pattern](r, n) + noise()
			}
			list[i].tries = append(list[i].tries, attempt{service.Duration(at * float64(time.Second)), &evidence.Call{Method: "GET", Path: "/"}})
		}
	}
	return list
}

// What is right is hardly ever called wrong, and what is wrong mostly found:
// of 300 runs as the drill makes them.
func TestWaitsAreToldApart(t *testing.T) {
	const runs = 300
	for _, tc := range []struct {
		pattern     string
		attempts    int
		least, most int // runs that are called wrong
		says        string
	}{
		{"fixed", 3, runs, runs, "do not grow"},
		{"fixed", 5, runs, runs, "do not grow"},
		{"linear", 5, runs - 3, runs, "do not grow"},
		{"doubling", 2, 200, runs, "lock-step"},
		{"doubling", 3, runs - 3, runs, "lock-step"},
		{"doubling", 5, runs, runs, "lock-step"},
		{"equal, no growth", 5, runs - 3, runs, "do not grow"},
		{"full, no growth", 5, runs * 7 / 10, runs, "do not grow"},
		{"±10 %", 3, 0, 6, ""},
		{"±10 %", 5, 0, 3, ""},
		{"equal", 2, 0, 0, ""},
		{"equal", 3, 0, 0, ""},
		{"full", 2, 0, 0, ""},
		{"full", 3, 0, 3, ""},
		{"full", 5, 0, 0, ""},
	} {
		r := rand.New(rand.NewPCG(1, 2))
		wrong, other := 0, ""
		for range runs {
			w, err := waitsOf(chainsOf(tc.pattern, tc.attempts, r), nil)
			if err != nil {
				t.Fatal(err)
			}
			if j := w.judge(); j.wrong != "" {
				wrong++
				if tc.says != "" && !strings.Contains(j.wrong, tc.says) {
					other = j.wrong
				}
			}
		}
		if wrong < tc.least || wrong > tc.most || other != "" {
			t.Errorf("%s of %d attempts: %d of %d runs are wrong, want %d to %d; for another reason: %q", tc.pattern, tc.attempts, wrong, runs, tc.least, tc.most, other)
		}
	}
}

// A wait between 40 and 60 ms may be fixed or not; noise of the machine's is
// as large as what jitter would make of it.
func TestShortWaitsAreNotCalledLockStep(t *testing.T) {
	var list []chain
	for i := range 20 {
		var c chain
		for _, at := range []time.Duration{0, 20, 60} {
			c.tries = append(c.tries, attempt{service.Duration((at + time.Duration(i%3)) * time.Millisecond), &evidence.Call{}})
		}
		list = append(list, c)
	}
	w, err := waitsOf(list, nil)
	if err != nil {
		t.Fatal(err)
	}
	if j := w.judge(); j.wrong != "" || !strings.Contains(j.String(), "too few or too short") {
		t.Errorf("wrong: %q; %s", j.wrong, j)
	}
}

func TestAStallTakesAWaitAway(t *testing.T) {
	list := chainsOf("doubling", 3, rand.New(rand.NewPCG(3, 4)))
	stall := func(at, took time.Duration) []evidence.Event {
		return []evidence.Event{{At: service.Duration(at), Stall: &evidence.Stall{Took: service.Duration(took)}}}
	}
	const ms = time.Millisecond
	if w, err := waitsOf(list, stall(300*ms, 60*ms)); err != nil || len(w) != 2 {
		t.Errorf("a short one: %d steps, %v", len(w), err)
	}
	if w, err := waitsOf(list, stall(300*ms, 200*ms)); err == nil {
		t.Errorf("half of the second wait is the machine's: %d steps", len(w))
	}
}

func TestMedianRange(t *testing.T) {
	var list []time.Duration
	for i := range 20 {
		list = append(list, time.Duration(i+1))
	}
	// the 6th and the 15th of 20 hold the median in 95.9 % of samples
	if low, high := medianRange(list); low != 6 || high != 15 {
		t.Errorf("%d to %d", low, high)
	}
	if low, high := medianRange(list[:1]); low != 1 || high != 1 {
		t.Errorf("of one: %d to %d", low, high)
	}
	if quantile(list, 0.25) != 5 || quantile(list, 1) != 20 || quantile(list[:0], 0.5) != 0 {
		t.Error("quantiles are off")
	}
}
