package trace

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestFullBatchesAreSentAtOnce(t *testing.T) {
	c := newCollector(t, nil)
	p := start(t, Options{Endpoint: c.URL, Every: time.Hour, Batch: 2})
	end(p, "a", "b")
	for deadline := time.Now().Add(30 * time.Second); c.count() == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if got := c.spans(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %q before a flush, want both", got)
	}
}

func TestSpansWaitForCompanyAndAreFlushed(t *testing.T) {
	c := newCollector(t, nil)
	p := start(t, Options{Endpoint: c.URL, Every: time.Hour, Batch: 2})
	end(p, "a")
	if err := p.Flush(within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}
	end(p, "b", "c", "d")
	if err := p.Shutdown(within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := c.spans(); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
		t.Errorf("got %q", got)
	}
	end(p, "late")
	if err := p.Flush(context.Background()); err != nil {
		t.Errorf("a flush after the end: %v", err)
	}
}

func TestShutdownEndsAtItsDeadline(t *testing.T) {
	silent := make(chan struct{})
	c := newCollector(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-silent:
		case <-r.Context().Done():
		}
	})
	defer close(silent)
	p := start(t, Options{Endpoint: c.URL, Batch: 2})
	end(p, "a", "b", "c")
	err := p.Shutdown(within(t, 50*time.Millisecond))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "3 spans") || p.Dropped() != 3 {
		t.Errorf("got %v and %d dropped, want a deadline that cost 3 spans", err, p.Dropped())
	}
}

func TestAShutdownThatHasNoTimeStopsAllTheSame(t *testing.T) {
	c := newCollector(t, nil)
	p := start(t, Options{Endpoint: c.URL, Every: time.Hour})
	end(p, "a")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Shutdown(ctx); !errors.Is(err, context.Canceled) || p.Dropped() != 1 {
		t.Errorf("got %v and %d dropped, want one span lost", err, p.Dropped())
	}
	select {
	case <-p.queue.stopped:
	default:
		t.Error("the goroutine is left running")
	}
}

func TestAFullQueueDropsAndNeverWaits(t *testing.T) {
	asked, silent := make(chan struct{}, 9), make(chan struct{})
	c := newCollector(t, func(int, http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-silent
	})
	p := start(t, Options{Endpoint: c.URL, Batch: 1, Queue: 4})
	end(p, "sent")
	<-asked // the goroutine is busy with it
	end(p, strings.Split("abcdefg", "")...)
	if p.Dropped() != 3 {
		t.Errorf("%d of 7 spans dropped, want the 3 beyond the queue", p.Dropped())
	}
	close(silent)
	if err := p.Shutdown(within(t, 30*time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := c.spans(); !slices.Equal(got, strings.Split("sent a b c d", " ")) {
		t.Errorf("got %q", got)
	}
}

func TestManyGoroutinesEndSpans(t *testing.T) {
	c := newCollector(t, nil)
	p := start(t, Options{Endpoint: c.URL, Batch: 16, Queue: 1 << 14})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 250 {
				end(p, "x")
			}
		})
	}
	wg.Wait()
	if err := p.Shutdown(within(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	if len(c.spans()) != 2000 || p.Sent() != 2000 || p.Dropped() != 0 {
		t.Errorf("%d arrived, %d sent, %d dropped of 2000", len(c.spans()), p.Sent(), p.Dropped())
	}
}
