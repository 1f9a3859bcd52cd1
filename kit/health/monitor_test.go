package health_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/golive-dev/golive/kit/health"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// remote is a dependency that can be broken.
type remote struct {
	broken, silent, deaf atomic.Bool // fails; answers nothing; and heeds no context either
	asked                atomic.Int64
	now, most            atomic.Int64 // checks at once
}

func (r *remote) ping(ctx context.Context) error {
	r.asked.Add(1)
	n := r.now.Add(1)
	defer r.now.Add(-1)
	r.most.Store(max(r.most.Load(), n))
	switch {
	case r.deaf.Load():
		for r.deaf.Load() {
			time.Sleep(10 * time.Millisecond)
		}
		return nil
	case r.silent.Load():
		<-ctx.Done()
		return ctx.Err()
	case r.broken.Load():
		return errors.New("connection refused by db.internal")
	default:
		return nil
	}
}

// within runs a started monitor in a bubble of its own time.
func within(t *testing.T, o health.Options, add func(*health.Monitor), do func(*testing.T, *health.Monitor)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if o.Log == nil {
			o.Log = quiet
		}
		m := health.New(o)
		add(m)
		m.SetStarted()
		m.Start(t.Context())
		do(t, m)
		m.Close()
		time.Sleep(time.Second) // for checks that were deaf until now
	})
}

func wantReady(t *testing.T, m *health.Monitor, want bool, when string) {
	t.Helper()
	if got, statuses := m.Ready(); got != want {
		t.Errorf("%s: ready %v, want %v: %+v", when, got, want, statuses)
	}
}

func state(m *health.Monitor, name string) health.State {
	_, statuses := m.Ready()
	for _, s := range statuses {
		if s.Name == name {
			return s.State
		}
	}
	return "not there"
}

func TestReadyOnlyOnceStartedAndEveryCriticalCheckPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, mail := new(remote), new(remote)
		db.broken.Store(true)
		mail.broken.Store(true)
		m := health.New(health.Options{Log: quiet})
		m.Critical("db", db.ping)
		m.Optional("mail", mail.ping)
		wantReady(t, m, false, "new")
		m.SetStarted()
		wantReady(t, m, false, "nothing known yet")
		m.Start(t.Context())
		defer m.Close()
		time.Sleep(3 * time.Second)
		wantReady(t, m, false, "db is down from the beginning")
		db.broken.Store(false)
		time.Sleep(time.Second)
		wantReady(t, m, true, "db is up, mail is down and optional")
		m.SetDraining()
		wantReady(t, m, false, "draining")
	})
}

func TestNotReadyBeforeStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := health.New(health.Options{Log: quiet})
		m.Critical("db", new(remote).ping)
		m.Start(t.Context())
		defer m.Close()
		time.Sleep(time.Second)
		wantReady(t, m, false, "all up, not started")
		m.SetStarted()
		wantReady(t, m, true, "started")
	})
}

func TestOutagesAreSeenInTime(t *testing.T) {
	for name, fault := range map[string]func(*remote) *atomic.Bool{
		"refused": func(r *remote) *atomic.Bool { return &r.broken },
		"silent":  func(r *remote) *atomic.Bool { return &r.silent },
	} {
		db := new(remote)
		within(t, health.Options{}, func(m *health.Monitor) { m.Critical("db", db.ping) }, func(t *testing.T, m *health.Monitor) {
			time.Sleep(10 * time.Second)
			wantReady(t, m, true, name+": before")
			fault(db).Store(true)
			time.Sleep(2300 * time.Millisecond)
			wantReady(t, m, false, name+": 2.3 s after the fault")
			fault(db).Store(false)
			time.Sleep(800 * time.Millisecond)
			wantReady(t, m, true, name+": 0.8 s after the repair")
		})
	}
}

func TestOneFailureTakesNobodyOut(t *testing.T) {
	var asked atomic.Int64
	flaky := func(context.Context) error {
		if asked.Add(1)%3 == 0 {
			return errors.New("lost packet")
		}
		return nil
	}
	within(t, health.Options{}, func(m *health.Monitor) { m.Critical("db", flaky) }, func(t *testing.T, m *health.Monitor) {
		time.Sleep(time.Second)
		for range 500 {
			time.Sleep(100 * time.Millisecond)
			wantReady(t, m, true, "every third check fails")
		}
	})
}

func TestPassAfterHoldsBackADependencyThatComesAndGoes(t *testing.T) {
	var passes atomic.Int64
	passes.Store(1)
	coming := func(context.Context) error {
		if passes.Add(-1) < 0 {
			return errors.New("away")
		}
		return nil
	}
	within(t, health.Options{PassAfter: 3, FailAfter: 1}, func(m *health.Monitor) { m.Critical("db", coming) }, func(t *testing.T, m *health.Monitor) {
		time.Sleep(100 * time.Millisecond)
		wantReady(t, m, true, "the first pass ever")
		time.Sleep(time.Second)
		wantReady(t, m, false, "one failure")
		passes.Store(2)
		time.Sleep(5 * time.Second)
		wantReady(t, m, false, "two passes, then failures")
		passes.Store(1000)
		time.Sleep(5 * time.Second)
		wantReady(t, m, true, "many passes")
	})
}

func TestDeafCheckIsHungAndNeverTwice(t *testing.T) {
	var log bytes.Buffer
	db, mail := new(remote), new(remote)
	db.deaf.Store(true)
	o := health.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
	within(t, o, func(m *health.Monitor) { m.Critical("db", db.ping); m.Optional("mail", mail.ping) }, func(t *testing.T, m *health.Monitor) {
		time.Sleep(time.Minute)
		if state(m, "db") != health.Hung || db.asked.Load() != 1 {
			t.Errorf("db is %s after %d checks, want hung after one", state(m, "db"), db.asked.Load())
		}
		if state(m, "mail") != health.Up || mail.asked.Load() < 30 {
			t.Errorf("mail is %s after %d checks; the deaf check held it up", state(m, "mail"), mail.asked.Load())
		}
		db.deaf.Store(false)
		time.Sleep(time.Second)
		wantReady(t, m, true, "the check ended and the next one passed")
	})
	if db.most.Load() != 1 {
		t.Errorf("%d checks at once", db.most.Load())
	}
	if !strings.Contains(log.String(), "state=hung") {
		t.Errorf("the log does not say that it hung:\n%s", &log)
	}
}

func TestCloseLeavesNothingButADeafCheck(t *testing.T) {
	var log bytes.Buffer
	defer goleak.VerifyNone(t)
	deaf, silent := new(remote), new(remote)
	deaf.deaf.Store(true)
	silent.silent.Store(true)
	before := goleak.IgnoreCurrent()
	m := health.New(health.Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Timeout: 10 * time.Millisecond, Every: time.Millisecond})
	m.Critical("deaf", deaf.ping)
	m.Critical("silent", silent.ping)
	m.Start(context.Background())
	for deaf.asked.Load() == 0 || silent.asked.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	m.Close()
	m.Close() // again: nothing
	if !strings.Contains(log.String(), "health.check_abandoned") || !strings.Contains(log.String(), "dependency=deaf") {
		t.Errorf("the log does not name the check that stays behind:\n%s", &log)
	}
	if err := goleak.Find(before); err == nil || strings.Count(err.Error(), "created by") != 1 {
		t.Errorf("want exactly the one goroutine of the deaf check left behind, got %v", err)
	}
	deaf.deaf.Store(false)
}

func TestPanickingCheckIsAFailure(t *testing.T) {
	within(t, health.Options{}, func(m *health.Monitor) {
		m.Critical("db", func(context.Context) error { panic("nil map") })
	}, func(t *testing.T, m *health.Monitor) {
		time.Sleep(3 * time.Second)
		_, statuses := m.Ready()
		if s := statuses[0]; s.State != health.Down || s.Err == nil || !strings.Contains(s.Err.Error(), "nil map") {
			t.Errorf("%+v", s)
		}
	})
}

func TestStatusTellsSinceWhenAndWhy(t *testing.T) {
	db := new(remote)
	within(t, health.Options{}, func(m *health.Monitor) { m.Critical("db", db.ping) }, func(t *testing.T, m *health.Monitor) {
		time.Sleep(5 * time.Second)
		db.silent.Store(true)
		fault := time.Now()
		time.Sleep(10 * time.Second)
		_, statuses := m.Ready()
		s := statuses[0]
		if !s.Since.After(fault) || s.Since.After(fault.Add(2300*time.Millisecond)) || time.Since(s.At) > 2*time.Second {
			t.Errorf("since %s, at %s; the fault was at %s", s.Since, s.At, fault)
		}
		if !errors.Is(s.Err, health.ErrTimeout) || s.Took != 500*time.Millisecond {
			t.Errorf("error %v after %s, want a timeout after 500ms", s.Err, s.Took)
		}
	})
}

func TestWait(t *testing.T) {
	db := new(remote)
	db.broken.Store(true)
	within(t, health.Options{}, func(m *health.Monitor) {
		m.Critical("db", db.ping)
		m.Optional("mail", func(context.Context) error { return errors.New("away") })
	}, func(t *testing.T, m *health.Monitor) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := m.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "db (down)") || strings.Contains(err.Error(), "mail") {
			t.Errorf("error %v, want one that names db alone", err)
		}
		db.broken.Store(false)
		if err := m.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		wantReady(t, m, true, "waited for")
	})
}

func TestMistakesAtRegistrationPanic(t *testing.T) {
	ok := func(context.Context) error { return nil }
	for name, mistake := range map[string]func(*health.Monitor){
		"no name":       func(m *health.Monitor) { m.Critical("", ok) },
		"no check":      func(m *health.Monitor) { m.Optional("db", nil) },
		"twice":         func(m *health.Monitor) { m.Critical("db", ok); m.Optional("db", ok) },
		"started twice": func(m *health.Monitor) { m.Start(t.Context()); m.Start(t.Context()) },
		"too late":      func(m *health.Monitor) { m.Start(t.Context()); m.Critical("db", ok) },
		"loop, no name": func(m *health.Monitor) { m.Loop("", time.Second) },
		"loop, no time": func(m *health.Monitor) { m.Loop("outbox", 0) },
	} {
		m := health.New(health.Options{Log: quiet})
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			mistake(m)
		}()
		m.Close()
	}
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	db, mail := new(remote), new(remote)
	mail.deaf.Store(true)
	within(t, health.Options{Registerer: registry}, func(m *health.Monitor) {
		m.Critical("db", db.ping)
		m.Optional("mail", mail.ping)
	}, func(t *testing.T, m *health.Monitor) {
		m.Loop("outbox", time.Minute)
		time.Sleep(3 * time.Second)
		const want = `
# HELP health_dependency_hung Whether the dependency's check does not end though its time is over (1).
# TYPE health_dependency_hung gauge
health_dependency_hung{critical="false",dependency="mail"} 1
health_dependency_hung{critical="true",dependency="db"} 0
# HELP health_dependency_up Whether the dependency is up (1).
# TYPE health_dependency_up gauge
health_dependency_up{critical="false",dependency="mail"} 0
health_dependency_up{critical="true",dependency="db"} 1
# HELP health_loop_silent_seconds How long ago the loop last beat.
# TYPE health_loop_silent_seconds gauge
health_loop_silent_seconds{loop="outbox"} 3
# HELP health_ready Whether the process says that requests may be sent to it (1).
# TYPE health_ready gauge
health_ready 1
`
		if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "health_dependency_hung", "health_dependency_up", "health_loop_silent_seconds", "health_ready"); err != nil {
			t.Error(err)
		}
		mail.deaf.Store(false)
	})
}
