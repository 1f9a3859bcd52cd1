package secret

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/redact"
)

func TestPollingFollowsTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{text: "one"}
		v := watch(t, s, Options{})
		v.holds(t, "one")
		s.set("two", nil)
		time.Sleep(4999 * time.Millisecond)
		synctest.Wait()
		v.holds(t, "one")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		v.holds(t, "two")
		if n := s.count(); n != 2 {
			t.Errorf("%d reads in 5s, want 2", n)
		}
	})
}

func TestTheLastGoodValueStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{text: "good"}
		v := watch(t, s, Options{Every: time.Second, Valid: func(now redact.Secret[string]) error {
			if strings.HasPrefix(now.Reveal(), "bad") {
				return errors.New("does not parse")
			}
			return nil
		}})
		for _, c := range []struct {
			text string
			err  error
		}{{"", errDown}, {"", nil}, {"other", errDown}, {"bad", nil}} {
			s.set(c.text, c.err)
			time.Sleep(1500 * time.Millisecond)
			synctest.Wait()
			v.holds(t, "good")
		}
		s.set("better", nil)
		time.Sleep(time.Second)
		synctest.Wait()
		v.holds(t, "better")
	})
}

func TestASourceThatHangsCostsOneRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{text: "one"}
		v := watch(t, s, Options{Every: time.Second, Timeout: 3 * time.Second})
		s.hang(true)
		start := time.Now()
		if err := v.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "no answer within 3s") {
			t.Errorf("got %v, want an error that names the timeout", err)
		}
		if took := time.Since(start); took > 7*time.Second { // one read by polling before it, at most
			t.Errorf("the refresh took %v", took)
		}
		s.set("two", nil)
		s.hang(false)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		v.holds(t, "two")
	})
}

func TestANotifierIsReadAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := notifying{&store{text: "one"}}
		v := watch(t, n, Options{Every: time.Hour})
		for _, text := range []string{"two", "three", "four"} {
			n.change(text)
			synctest.Wait()
			v.holds(t, text)
		}
		if n := n.count(); n != 4 {
			t.Errorf("%d reads of 4 contents", n)
		}
	})
}

func TestSubscribersAreCalledInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{text: "one"}
		v := watch(t, s, Options{Every: time.Second})
		var first, second record
		cancel := v.Subscribe(first.add)
		v.Subscribe(func(now redact.Secret[string]) {
			if !slices.Contains(first.list(), now.Reveal()) {
				t.Errorf("%s reached the second subscriber first", now.Reveal())
			}
			if v.Get().Reveal() != now.Reveal() {
				t.Error("Get does not know yet what a subscriber was called with")
			}
			second.add(now)
		})
		for _, text := range []string{"two", "two", "three"} {
			s.set(text, nil)
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if want := []string{"two", "three"}; !slices.Equal(first.list(), want) || !slices.Equal(second.list(), want) {
			t.Errorf("got %v and %v, want %v", first.list(), second.list(), want)
		}
		cancel()
		cancel()
		first.add(redact.NewSecret("four")) // for the second subscriber
		s.set("four", nil)
		time.Sleep(time.Second)
		synctest.Wait()
		if want := []string{"two", "three", "four"}; !slices.Equal(first.list(), want) || !slices.Equal(second.list(), want) {
			t.Errorf("after cancel got %v and %v, want %v", first.list(), second.list(), want)
		}
	})
}

// TestASubscriberMayCancel holds that a list that is walked through can change.
func TestASubscriberMayCancel(t *testing.T) {
	s := &store{text: "one"}
	v := watch(t, s, Options{Every: time.Hour})
	var calls record
	var cancel func()
	cancel = v.Subscribe(func(now redact.Secret[string]) { calls.add(now); cancel() })
	v.Subscribe(calls.add)
	for _, text := range []string{"two", "three"} {
		s.set(text, nil)
		if err := v.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"two", "two", "three"}; !slices.Equal(calls.list(), want) {
		t.Errorf("got %v, want %v", calls.list(), want)
	}
}

func TestAPanickingSubscriberStopsNothing(t *testing.T) {
	var lines bytes.Buffer
	s := &store{text: "one"}
	v := watch(t, s, Options{Every: time.Hour, Log: slog.New(slog.NewTextHandler(&lines, nil))})
	var calls record
	v.Subscribe(func(now redact.Secret[string]) { panic(now) })
	v.Subscribe(calls.add)
	s.set("hunter2", nil)
	if err := v.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := calls.list(); !slices.Equal(got, []string{"hunter2"}) {
		t.Errorf("the next subscriber got %v", got)
	}
	if !strings.Contains(lines.String(), "secret.subscriber_panicked") || strings.Contains(lines.String(), "hunter2") {
		t.Errorf("the log holds:\n%s", &lines)
	}
}

func TestRefreshDoesNotWaitForThePoll(t *testing.T) {
	s := &store{text: "one"}
	v := watch(t, s, Options{Every: time.Hour})
	s.set("two", nil)
	if err := v.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.holds(t, "two")
	s.set("", errDown)
	if err := v.Refresh(t.Context()); !errors.Is(err, errDown) || !strings.Contains(err.Error(), "store") {
		t.Errorf("got %v, want the source's error and name", err)
	}
	v.holds(t, "two")
}

func TestManyRefreshesAtOnce(t *testing.T) {
	s := &store{text: "one"}
	v := watch(t, s, Options{Every: time.Millisecond})
	var calls record
	v.Subscribe(calls.add)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			s.set([]string{"two", "three"}[i%2], nil)
			v.Refresh(t.Context())
			v.Get()
		})
	}
	all.Wait()
	if err := v.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := calls.list()
	if len(slices.Compact(slices.Clone(list))) != len(list) {
		t.Errorf("a subscriber was called without a change: %v", list)
	}
	v.holds(t, list[len(list)-1])
}

func TestRefreshHeedsItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{text: "one"}
		v := watch(t, s, Options{Every: time.Second, Timeout: time.Hour})
		s.hang(true)
		time.Sleep(1500 * time.Millisecond) // polling holds the turn
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := v.Refresh(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "another read") {
			t.Errorf("got %v, want the deadline", err)
		}
	})
}

func TestCloseEndsPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{text: "one"}
		v := watch(t, s, Options{Every: time.Second, Timeout: time.Hour})
		s.hang(true)
		time.Sleep(1500 * time.Millisecond)
		v.Close() // ends the read that hangs
		v.Close()
		s.hang(false)
		reads := s.count()
		time.Sleep(time.Minute)
		if s.count() != reads {
			t.Error("the source is read after Close")
		}
		v.holds(t, "one")
		if err := v.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "no longer watched") {
			t.Errorf("Refresh after Close: got %v", err)
		}
	})
}

func TestTheContextBoundsTheFirstReadOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{text: "one"}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		v, err := Watch(ctx, s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		cancel()
		s.set("two", nil)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		v.holds(t, "two")
	})
}

func TestTheFirstReadMustSucceed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		for _, c := range []struct {
			ctx  context.Context
			of   *store
			want string
		}{
			{t.Context(), &store{err: errDown}, "read secret store: the store is down"},
			{t.Context(), &store{}, "read secret store: is empty; it may be in the middle of being written"},
			{t.Context(), &store{hangs: true}, "read secret store: context deadline exceeded (no answer within 5s)"},
			{cancelled, &store{hangs: true}, "read secret store: context canceled (context canceled)"},
		} {
			if v, err := Watch(c.ctx, c.of, Options{}); err == nil || v != nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	for want, c := range map[string]struct {
		Source
		Options
	}{
		"source is nil":         {nil, Options{}},
		"Options.Every is -1s":  {&store{text: "one"}, Options{Every: -time.Second}},
		"Options.Timeout is -1": {&store{text: "one"}, Options{Timeout: -time.Second}},
	} {
		if _, err := Watch(t.Context(), c.Source, c.Options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
