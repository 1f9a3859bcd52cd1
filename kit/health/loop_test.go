package health_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/health"
)

func probe(h http.Handler) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	return w.Code, strings.TrimSpace(w.Body.String())
}

func wantLive(t *testing.T, m *health.Monitor, want int, when string) {
	t.Helper()
	if got, body := probe(m.LiveHandler()); got != want {
		t.Errorf("%s: liveness %d, want %d: %s", when, got, want, body)
	}
}

// lock is a mutex whose waiters can be called off, for a test must end.
type lock chan struct{}

func (l lock) lock(stop chan struct{}) bool {
	select {
	case l <- struct{}{}:
		return true
	case <-stop:
		return false
	}
}

// TestDeadlockFailsLiveness has loops lock two mutexes in opposite order.
func TestDeadlockFailsLiveness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := health.New(health.Options{Log: quiet})
		orders, stock := make(lock, 1), make(lock, 1)
		stop := make(chan struct{})
		var running sync.WaitGroup
		start := func(name string, first, second lock) {
			loop := m.Loop(name, 10*time.Second)
			running.Go(func() {
				for first.lock(stop) {
					loop.Beat()
					time.Sleep(500 * time.Millisecond)
					if !second.lock(stop) {
						return
					}
					<-second
					<-first
					time.Sleep(time.Second)
				}
			})
		}
		start("outbox", orders, stock)
		start("audit", orders, stock)
		time.Sleep(time.Minute)
		wantLive(t, m, 200, "both go on")

		start("report", stock, orders) // the wrong way round
		time.Sleep(time.Minute)
		code, body := probe(m.LiveHandler())
		if code != 503 || !strings.Contains(body, "outbox") || !strings.Contains(body, "report") {
			t.Errorf("deadlocked: %d %s", code, body)
		}
		close(stop)
		running.Wait()
	})
}

// TestNothingElseFailsLiveness breaks all that is not a loop of the service.
func TestNothingElseFailsLiveness(t *testing.T) {
	broken, silent, deaf := new(remote), new(remote), new(remote)
	broken.broken.Store(true)
	silent.silent.Store(true)
	deaf.deaf.Store(true)
	within(t, health.Options{}, func(m *health.Monitor) {
		m.Critical("broken", broken.ping)
		m.Critical("silent", silent.ping)
		m.Critical("deaf", deaf.ping)
		m.Optional("panics", func(context.Context) error { panic(errors.New("x")) })
	}, func(t *testing.T, m *health.Monitor) {
		loop := m.Loop("outbox", 10*time.Second)
		ended := m.Loop("import", time.Second)
		ended.Done()
		for range 100 {
			time.Sleep(9 * time.Second)
			loop.Beat()
			wantLive(t, m, 200, "every dependency is broken")
		}
		wantReady(t, m, false, "every dependency is broken")
		m.SetDraining()
		wantLive(t, m, 200, "draining")
		deaf.deaf.Store(false)
		loop.Done()
		time.Sleep(time.Hour)
		wantLive(t, m, 200, "all loops ended as they should")
	})
}

func TestLoopThatGoesOnAgainIsLiveAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := health.New(health.Options{Log: quiet})
		loop := m.Loop("outbox", time.Second)
		time.Sleep(time.Second)
		wantLive(t, m, 200, "just in time")
		time.Sleep(time.Millisecond)
		wantLive(t, m, 503, "too late")
		loop.Beat()
		wantLive(t, m, 200, "beats again")
	})
}

func TestLoopsComeAndGoAtOnce(t *testing.T) {
	m := health.New(health.Options{Log: quiet})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				l := m.Loop("import", time.Hour)
				l.Beat()
				wantLive(t, m, 200, "all beat")
				l.Done()
			}
		})
	}
	all.Wait()
	if live, stalled := m.Live(); !live || len(stalled) > 0 {
		t.Errorf("live %v, stalled %v", live, stalled)
	}
}

func BenchmarkBeat(b *testing.B) {
	l := health.New(health.Options{}).Loop("outbox", time.Hour)
	for b.Loop() {
		l.Beat()
	}
}
