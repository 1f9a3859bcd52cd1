package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/golive-dev/golive/kit/idempotency"
	"github.com/golive-dev/golive/kit/idempotency/idempotencytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemoryIsAStore(t *testing.T) {
	idempotencytest.Run(t, func(*testing.T) idempotency.Store { return idempotency.NewMemory(100) })
}

func claim(n int) idempotency.Claim {
	return idempotency.Claim{Key: fmt.Sprint(n), Fingerprint: "f", Owner: fmt.Sprint("owner ", n), Lease: time.Minute}
}

// known counts the answers that are still there, by looking for them as
// another payload, which claims nothing.
func known(t *testing.T, s idempotency.Store, of int) int {
	t.Helper()
	n := 0
	for i := range of {
		c := claim(i)
		c.Fingerprint = "other"
		_, state, err := s.Begin(context.Background(), c)
		if err == nil && state == idempotency.Mismatch {
			n++
		} else if state == idempotency.Fresh {
			if err := s.Abandon(context.Background(), c); err != nil {
				t.Fatal(err)
			}
		}
	}
	return n
}

func TestMemoryForgetsTheOldestAnswers(t *testing.T) {
	s := idempotency.NewMemory(10)
	for i := range 100 {
		if _, state, err := s.Begin(t.Context(), claim(i)); err != nil || state != idempotency.Fresh {
			t.Fatalf("%d: %s, %v", i, state, err)
		}
		if err := s.Complete(t.Context(), claim(i), idempotency.Answer{Status: http.StatusOK}, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range map[int]idempotency.State{95: idempotency.Done, 0: idempotency.Fresh} {
		if _, state, err := s.Begin(t.Context(), claim(i)); err != nil || state != want {
			t.Errorf("%d: %s, %v; want %s", i, state, err, want)
		}
	}
}

func TestMemoryForgetsNoRequestInProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := idempotency.NewMemory(3)
		for i := range 3 {
			if _, _, err := s.Begin(t.Context(), claim(i)); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := s.Begin(t.Context(), claim(3)); !errors.Is(err, idempotency.ErrFull) {
			t.Errorf("error %v, want that it is full", err)
		}
		time.Sleep(time.Minute) // all of them crashed
		if _, state, err := s.Begin(t.Context(), claim(3)); err != nil || state != idempotency.Fresh {
			t.Errorf("%s, %v after the leases", state, err)
		}
	})
}

func TestMemoryIsBoundedInBytes(t *testing.T) {
	s := idempotency.NewMemory(1000)
	megabyte := make([]byte, 1<<20)
	for i := range 200 {
		if _, _, err := s.Begin(t.Context(), claim(i)); err != nil {
			t.Fatal(err)
		}
		if err := s.Complete(t.Context(), claim(i), idempotency.Answer{Status: 200, Body: megabyte}, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if n := known(t, s, 200); n != 64 {
		t.Errorf("%d answers of 1 MiB are kept, want 64", n)
	}
}
