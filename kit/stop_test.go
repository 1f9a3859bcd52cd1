package kit_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit"
)

// slow answers when it is let go or its request is cut.
func slow(entered chan<- struct{}, release <-chan struct{}) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		entered <- struct{}{}
		select {
		case <-release:
			return nil
		case <-r.Context().Done():
			return context.Cause(r.Context())
		}
	}
}

func TestWhatIsInFlightEndsBeforeAnythingIsTakenAway(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	var order []string
	r := start(t, nil, func(s *kit.Service, _ none) error {
		s.HandleFunc("GET /slow", slow(entered, release))
		s.OnStop("pool", func(context.Context) error { order = append(order, "pool"); return nil })
		s.OnStop("queue", func(context.Context) error { order = append(order, "queue"); return errors.New("full") })
		s.OnStop("cache", func(context.Context) error { panic("no cache") })
		return nil
	})
	r.await(r.ops+"/readyz", 200)
	status := make(chan int)
	go func() { got, _ := r.get(r.url + "/slow"); status <- got }()
	<-entered
	r.stop()
	r.await(r.ops+"/readyz", 503)
	if got, _ := r.get(r.ops + "/livez"); got != 200 {
		t.Errorf("liveness answers %d while it drains", got)
	}
	close(release)
	if got := <-status; got != 200 {
		t.Errorf("the request in flight got %d", got)
	}
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if !slices.Equal(order, []string{"queue", "pool"}) {
		t.Errorf("stopped in the order %q", order)
	}
	for _, text := range []string{`"step":"queue"`, "full", `"step":"cache"`, "panic: string"} {
		if !strings.Contains(r.out.String(), text) {
			t.Errorf("%s is not logged: %s", text, r.out)
		}
	}
}

func TestAtTheDeadlineRequestsAreCut(t *testing.T) {
	entered := make(chan struct{})
	r := start(t, map[string]string{"GRACE_PERIOD": "400ms"}, func(s *kit.Service, _ none) error {
		s.HandleFunc("GET /slow", slow(entered, nil))
		return nil
	})
	r.await(r.ops+"/readyz", 200)
	ended := make(chan error)
	go func() { answer, err := http.Get(r.url + "/slow"); closeBody(answer); ended <- err }()
	<-entered
	began := time.Now()
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the stop took %v", took)
	}
	<-ended
	if !slices.Contains(r.out.events(t), "shutdown.cut") {
		t.Errorf("the cut is not logged: %s", r.out)
	}
	if text := r.out.String(); strings.Contains(text, `"status":499`) || !strings.Contains(text, "the service stops") {
		t.Errorf("the request that was cut is not told from one whose caller left: %s", text)
	}
}

func closeBody(answer *http.Response) {
	if answer != nil {
		_ = answer.Body.Close()
	}
}

func TestALoopThatHangsFailsLivenessAndNothingElse(t *testing.T) {
	r := start(t, nil, func(s *kit.Service, c none) error {
		s.Go("sweep", 10*time.Millisecond, func(ctx context.Context, beat func()) error { <-ctx.Done(); return nil })
		return hello(s, c)
	})
	r.await(r.ops+"/readyz", 200)
	r.await(r.ops+"/livez", 503)
	if status, _ := r.get(r.url + "/hello/ana"); status != 200 {
		t.Errorf("answered %d", status)
	}
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestALoopThatBeatsIsAlive(t *testing.T) {
	beats := make(chan struct{})
	r := start(t, nil, func(s *kit.Service, _ none) error {
		s.Go("sweep", time.Minute, func(ctx context.Context, beat func()) error {
			for {
				select {
				case <-ctx.Done():
					return nil
				case beats <- struct{}{}:
					beat()
				}
			}
		})
		return nil
	})
	<-beats
	<-beats
	if status, body := r.get(r.ops + "/livez"); status != 200 {
		t.Errorf("liveness answers %d %s", status, body)
	}
}

func TestALoopThatEndsEndsTheService(t *testing.T) {
	for want, run := range map[string]func(context.Context, func()) error{
		"sweep: disk full":          func(context.Context, func()) error { return errors.New("disk full") },
		"sweep: it returned before": func(context.Context, func()) error { return nil },
		"sweep: panic: string":      func(context.Context, func()) error { panic("mail@example.com") },
	} {
		r := start(t, nil, func(s *kit.Service, _ none) error { s.Go("sweep", time.Minute, run); return nil })
		r.stopped = true
		if code := <-r.exit; code != 1 || !strings.Contains(r.out.String(), want) {
			t.Errorf("exit code %d, want a line with %q: %s", code, want, r.out)
		}
		if text := r.out.String(); strings.Contains(text, "mail@") || strings.Contains(text, "service.stopped") {
			t.Errorf("it says too much: %s", text)
		}
	}
}
