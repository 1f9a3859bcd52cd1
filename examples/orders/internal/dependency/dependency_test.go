package dependency

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/examples/orders/internal/logging"
	"github.com/golive-dev/golive/examples/orders/internal/trace"
)

func newDependency(attempts int) (*Dependency, *bytes.Buffer) {
	var out bytes.Buffer
	return &Dependency{
		Name: "fraud", Address: "fraud:80", Timeout: 500 * time.Millisecond, Attempts: attempts,
		Log: logging.New(&out, "orders"), Calls: Durations(),
	}, &out
}

func TestACallThatHangsEndsWithinItsBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, out := newDependency(2)
		began := time.Now()
		err := d.Call(context.Background(), "check", func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		var failed *Error
		if !errors.As(err, &failed) || failed.Dependency != "fraud" {
			t.Errorf("got %v, want an *Error of fraud", err)
		}
		if took := time.Since(began); took < time.Second || took > 1100*time.Millisecond {
			t.Errorf("two attempts of 500ms took %s", took)
		}
		for _, want := range []string{`"attempt":"1/2"`, `"attempt":"2/2"`, `"error":"timeout"`, `"address":"fraud:80"`, `"timeout":"500ms"`} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("no line has %s:\n%s", want, out)
			}
		}
	})
}

func TestASecondAttemptMaySucceed(t *testing.T) {
	d, _ := newDependency(2)
	calls := 0
	err := d.Call(context.Background(), "check", func(context.Context) error {
		if calls++; calls == 1 {
			return errors.New("refused")
		}
		return nil
	})
	if err != nil || calls != 2 {
		t.Errorf("%d calls, error %v", calls, err)
	}
	series := make(chan prometheus.Metric, 10)
	d.Calls.Collect(series)
	if len(series) != 2 {
		t.Errorf("%d series, want one ok and one failed", len(series))
	}
}

func TestACallerWhoLeftIsNotServedAgain(t *testing.T) {
	d, _ := newDependency(5)
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	err := d.Call(ctx, "check", func(ctx context.Context) error {
		calls++
		cancel()
		return ctx.Err()
	})
	if calls != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d calls, error %v", calls, err)
	}
}

func TestAttemptsAreSpansOfTheRequestsTrace(t *testing.T) {
	d, _ := newDependency(2)
	request := trace.New()
	seen := map[string]bool{request.SpanID(): true}
	_ = d.Call(trace.With(context.Background(), request), "check", func(ctx context.Context) error {
		span, _ := trace.From(ctx)
		if span.TraceID() != request.TraceID() || seen[span.SpanID()] {
			t.Errorf("attempt in %s, request in %s", span.Traceparent(), request.Traceparent())
		}
		seen[span.SpanID()] = true
		return errors.New("refused")
	})
}

func TestACheckIsBoundedAndSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, out := newDependency(2)
		began := time.Now()
		err := d.Check(context.Background(), func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if took := time.Since(began); err == nil || took != 500*time.Millisecond || out.Len() > 0 {
			t.Errorf("error %v after %s, lines %q", err, took, out)
		}
	})
}

func TestBackOffGrowsAndVaries(t *testing.T) {
	distinct := map[time.Duration]bool{}
	for range 100 {
		first, third := backOff(1), backOff(3)
		if first < 25*time.Millisecond || first > 75*time.Millisecond || third < 100*time.Millisecond || third > 300*time.Millisecond {
			t.Fatalf("back-off %s, then %s", first, third)
		}
		distinct[first] = true
	}
	if len(distinct) < 10 {
		t.Errorf("only %d different waits in 100", len(distinct))
	}
}
