package data

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// SweeperOptions say how a [Sweeper] removes what is too old. The zero value is
// ready for use.
type SweeperOptions struct {
	// Log is told each rule that removed something or failed. nil means
	// [slog.Default].
	Log *slog.Logger
	// Registerer gets data_sweep_removed_total, data_sweep_failures_total and
	// data_sweep_last_success_timestamp_seconds by rule. nil means that they are
	// not registered.
	Registerer prometheus.Registerer
	// Batch is how much is removed at once. 0 means 1000: a transaction of
	// milliseconds, which others do not feel.
	Batch int
	// Pause is the time between two batches, more or less. 0 means 100 ms, so
	// that replication and vacuum keep up.
	Pause time.Duration
	// MaxBatches ends the round of a rule that finds no end; the next round goes
	// on. 0 means 1000.
	MaxBatches int
}

// A Rule says how long something is kept.
type Rule struct {
	// Name tells the rule in logs and metrics.
	Name string
	// Keep is how long. It must be positive: a rule that was forgotten to be
	// set must not remove everything.
	Keep time.Duration
	// Sweep removes at most limit of what is older than before and returns how
	// much that was. Less than limit means that there is no more.
	Sweep func(ctx context.Context, before time.Time, limit int) (int64, error)
}

// A Sweeper removes what is older than its rules allow. Add all rules first.
type Sweeper struct {
	options SweeperOptions
	rules   []Rule

	removed, failures *prometheus.CounterVec
	success           *prometheus.GaugeVec
}

// NewSweeper returns a sweeper without rules. It panics, as registrations do,
// if the metrics are in the Registerer already.
func NewSweeper(o SweeperOptions) *Sweeper {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Batch <= 0 {
		o.Batch = 1000
	}
	if o.Pause <= 0 {
		o.Pause = 100 * time.Millisecond
	}
	if o.MaxBatches <= 0 {
		o.MaxBatches = 1000
	}
	byRule := []string{"rule"}
	s := &Sweeper{
		options:  o,
		removed:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "data_sweep_removed_total", Help: "What was removed because it was too old."}, byRule),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "data_sweep_failures_total", Help: "Rounds in which the rule failed."}, byRule),
		success:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "data_sweep_last_success_timestamp_seconds", Help: "When the rule last left nothing that is too old."}, byRule),
	}
	if o.Registerer != nil {
		o.Registerer.MustRegister(s.removed, s.failures, s.success)
	}
	return s
}

// Add adds a rule. Its error says what is wrong with the rule.
func (s *Sweeper) Add(r Rule) error {
	switch {
	case r.Name == "":
		return errors.New("add a retention rule: Name is empty")
	case r.Keep <= 0:
		return fmt.Errorf("add the retention rule %s: Keep is %s and must be positive", r.Name, r.Keep)
	case r.Sweep == nil:
		return fmt.Errorf("add the retention rule %s: Sweep is nil", r.Name)
	}
	for _, other := range s.rules {
		if other.Name == r.Name {
			return fmt.Errorf("add the retention rule %s: Name is taken", r.Name)
		}
	}
	s.rules = append(s.rules, r)
	s.removed.WithLabelValues(r.Name)
	s.failures.WithLabelValues(r.Name)
	return nil
}

// Run sweeps again and again until ctx ends, every so often, give or take a
// tenth, so that replicas do not sweep at once. The first round begins within a
// tenth of that time. 0 means every hour.
func (s *Sweeper) Run(ctx context.Context, every time.Duration) {
	if every <= 0 {
		every = time.Hour
	}
	for pause := rand.N(every/10 + 1); wait(ctx, pause); pause = jittered(every) {
		_ = s.Once(ctx) // logged there
	}
}

// Once sweeps now. All rules are tried; the error names those that failed.
func (s *Sweeper) Once(ctx context.Context) error {
	var failed []error
	for _, r := range s.rules {
		if err := s.sweep(ctx, r); err != nil {
			failed = append(failed, fmt.Errorf("sweep %s: %w", r.Name, err))
		}
	}
	return errors.Join(failed...)
}

// errUnfinished is a rule's that used up its batches.
var errUnfinished = errors.New("there is more than fits a round; the next one goes on")

func (s *Sweeper) sweep(ctx context.Context, r Rule) error {
	removed, err := s.batches(ctx, r, time.Now().Add(-r.Keep))
	log := s.options.Log.With("rule", r.Name, "removed", removed, "keep", r.Keep.String())
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx) // the process stops
	case errors.Is(err, errUnfinished):
		log.WarnContext(ctx, "data.sweep_unfinished")
		return nil
	case err != nil:
		s.failures.WithLabelValues(r.Name).Inc()
		log.ErrorContext(ctx, "data.sweep_failed", "error", err)
		return err
	}
	s.success.WithLabelValues(r.Name).SetToCurrentTime()
	if removed > 0 {
		log.InfoContext(ctx, "data.swept")
	}
	return nil
}

// batches removes until there is no more.
func (s *Sweeper) batches(ctx context.Context, r Rule, before time.Time) (removed int64, err error) {
	for range s.options.MaxBatches {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		n, err := r.once(ctx, before, s.options.Batch)
		removed += n
		s.removed.WithLabelValues(r.Name).Add(float64(max(n, 0)))
		if err != nil || n < int64(s.options.Batch) {
			return removed, err
		}
		wait(ctx, jittered(s.options.Pause))
	}
	return removed, errUnfinished
}

func (r Rule) once(ctx context.Context, before time.Time, limit int) (n int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the rule panicked: %v", p)
		}
	}()
	return r.Sweep(ctx, before, limit)
}

func jittered(d time.Duration) time.Duration { return d - d/10 + rand.N(d/5+1) }

// wait reports false if ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
