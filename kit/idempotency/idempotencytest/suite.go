// Package idempotencytest holds what every store of idempotency keys must do,
// as tests that run against it:
//
//	func TestStore(t *testing.T) {
//		idempotencytest.Run(t, func(t *testing.T) idempotency.Store { return newStore(t) })
//	}
//
// It runs in real time, since a store may keep its time elsewhere; leases of a
// tenth of a second are waited for with patience, so a busy machine makes it
// slow and not fail.
//
// Requirements: resilience/retries
package idempotencytest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/idempotency"
)

// patience is how long something that takes a tenth of a second is waited for.
const patience = 20 * time.Second

// short is a lease, or a time to keep, whose end a test waits for.
const short = 100 * time.Millisecond

// Run runs the suite. Each test gets a store of its own from newStore; keys are
// random, so that it may be the same one each time.
func Run(t *testing.T, newStore func(t *testing.T) idempotency.Store) {
	for _, c := range []struct {
		name string
		test func(*bench)
	}{
		{"a fresh key is claimed once", claimedOnce},
		{"of many at once one gets the key", oneOfMany},
		{"other keys are other requests", otherKeys},
		{"another payload is a mismatch", otherPayload},
		{"an answer is given again as it was", answeredAsItWas},
		{"an answer that was too large stays so", tooLarge},
		{"an answer is the store's own", notShared},
		{"an abandoned key is fresh", abandoned},
		{"only the owner abandons", onlyTheOwner},
		{"an answer is not abandoned", notAbandoned},
		{"a crash frees the key when the lease is over", leaseEnds},
		{"who lost the lease changes nothing", lostLease},
		{"an answer ends", keepEnds},
		{"an ended context claims nothing", endedContext},
		{"a crashed request is carried out by a retry", crashAndRetry},
		{"concurrent requests are carried out once", concurrentRequests},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(&bench{T: t, store: newStore(t)}) })
	}
}

// bench is a test with a store.
type bench struct {
	*testing.T
	store idempotency.Store
}

// claim is a new attempt at a key.
func claim(key, fingerprint string, lease time.Duration) idempotency.Claim {
	return idempotency.Claim{Key: key, Fingerprint: fingerprint, Owner: rand.Text(), Lease: lease}
}

// again is another attempt at the same.
func again(c idempotency.Claim) idempotency.Claim {
	c.Owner = rand.Text()
	return c
}

func (b *bench) begin(c idempotency.Claim, want idempotency.State) idempotency.Answer {
	b.Helper()
	answer, state, err := b.store.Begin(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	if state != want {
		b.Fatalf("began and found it %s, want %s", state, want)
	}
	return answer
}

func (b *bench) complete(c idempotency.Claim, a idempotency.Answer, keep time.Duration) {
	b.Helper()
	if err := b.store.Complete(b.Context(), c, a, keep); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) abandon(c idempotency.Claim) {
	b.Helper()
	if err := b.store.Abandon(b.Context(), c); err != nil {
		b.Fatal(err)
	}
}

// free begins again and again until the key is fresh; before that it must be
// as it was.
func (b *bench) free(c idempotency.Claim, until idempotency.State) idempotency.Claim {
	b.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(short / 10) {
		next := again(c)
		_, state, err := b.store.Begin(b.Context(), next)
		switch {
		case err != nil:
			b.Fatal(err)
		case state == idempotency.Fresh:
			return next
		case state != until:
			b.Fatalf("found it %s, want %s or fresh", state, until)
		}
	}
	b.Fatalf("the key is still %s after %s, and should have been free after %s", until, patience, short)
	return c
}

// answer has what is hard to keep.
func answer() idempotency.Answer {
	return idempotency.Answer{
		Status: http.StatusCreated,
		Header: http.Header{"Content-Type": {"application/octet-stream"}, "Link": {"</a>; rel=next", "</b>"}, "X-Empty": {""}, "X-Odd": {`"ü\` + "\t"}},
		Body:   []byte("\x00\xff'\"\\\r\n\xf0\x28 {\"id\":7}"),
	}
}

func claimedOnce(b *bench) {
	c := claim(rand.Text(), "f", time.Minute)
	b.begin(c, idempotency.Fresh)
	b.begin(again(c), idempotency.InProgress)
	b.begin(again(c), idempotency.InProgress)
}

func oneOfMany(b *bench) {
	c := claim(rand.Text(), "f", time.Minute)
	var mu sync.Mutex
	found := map[idempotency.State]int{}
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			_, state, err := b.store.Begin(b.Context(), again(c))
			if err != nil {
				b.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			found[state]++
		})
	}
	all.Wait()
	if want := (map[idempotency.State]int{idempotency.Fresh: 1, idempotency.InProgress: 31}); !reflect.DeepEqual(found, want) {
		b.Errorf("found %v, want %v", found, want)
	}
}

func otherKeys(b *bench) {
	first, second := claim(rand.Text(), "f", time.Minute), claim(rand.Text(), "f", time.Minute)
	b.begin(first, idempotency.Fresh)
	b.begin(second, idempotency.Fresh)
	b.complete(first, answer(), time.Hour)
	b.begin(again(first), idempotency.Done)
	b.begin(again(second), idempotency.InProgress)
}

func otherPayload(b *bench) {
	c := claim(rand.Text(), "f", time.Minute)
	other := again(c)
	other.Fingerprint = "g"
	b.begin(c, idempotency.Fresh)
	b.begin(other, idempotency.Mismatch)
	b.complete(c, answer(), time.Hour)
	if a := b.begin(other, idempotency.Mismatch); a.Status != 0 || a.Body != nil {
		b.Errorf("another payload got the answer %+v", a)
	}
	b.begin(again(c), idempotency.Done)
}

func answeredAsItWas(b *bench) {
	for _, a := range []idempotency.Answer{answer(), {Status: http.StatusNoContent}, {Status: http.StatusNotFound, Body: bytes.Repeat([]byte{0, 1, 2, 3}, 64<<10)}} {
		c := claim(rand.Text(), "f", time.Minute)
		b.begin(c, idempotency.Fresh)
		b.complete(c, a, time.Hour)
		for range 2 {
			got := b.begin(again(c), idempotency.Done)
			if got.Status != a.Status || !bytes.Equal(got.Body, a.Body) || got.TooLarge || len(got.Header) != len(a.Header) {
				b.Errorf("got the answer %.200v, want %.200v", got, a)
			}
			for name, values := range a.Header {
				if !reflect.DeepEqual(got.Header[name], values) {
					b.Errorf("%s is %q, want %q", name, got.Header[name], values)
				}
			}
		}
	}
}

func tooLarge(b *bench) {
	c := claim(rand.Text(), "f", time.Minute)
	b.begin(c, idempotency.Fresh)
	b.complete(c, idempotency.Answer{Status: http.StatusOK, TooLarge: true}, time.Hour)
	if got := b.begin(again(c), idempotency.Done); !got.TooLarge || got.Status != http.StatusOK {
		b.Errorf("got %+v", got)
	}
}

func notShared(b *bench) {
	c, mine := claim(rand.Text(), "f", time.Minute), answer()
	b.begin(c, idempotency.Fresh)
	b.complete(c, mine, time.Hour)
	for range 2 {
		mine.Body[0], mine.Header["Link"][0] = 'x', "x"
		mine = b.begin(again(c), idempotency.Done)
		if want := answer(); !bytes.Equal(mine.Body, want.Body) || !reflect.DeepEqual(mine.Header["Link"], want.Header["Link"]) {
			b.Error("changing an answer outside changed the one in the store")
		}
	}
}

func abandoned(b *bench) {
	c := claim(rand.Text(), "f", time.Minute)
	for range 3 {
		b.begin(c, idempotency.Fresh)
		b.abandon(c)
		b.abandon(c) // again: nothing
		c = again(c)
	}
	c.Fingerprint = "g"
	b.begin(c, idempotency.Fresh)
}

func onlyTheOwner(b *bench) {
	c := claim(rand.Text(), "f", time.Minute)
	b.begin(c, idempotency.Fresh)
	b.abandon(again(c))
	b.begin(again(c), idempotency.InProgress)
	if err := b.store.Complete(b.Context(), again(c), answer(), time.Hour); !errors.Is(err, idempotency.ErrLost) {
		b.Errorf("a stranger completed it: %v", err)
	}
	b.begin(again(c), idempotency.InProgress)
}

func notAbandoned(b *bench) {
	c := claim(rand.Text(), "f", time.Minute)
	b.begin(c, idempotency.Fresh)
	b.complete(c, answer(), time.Hour)
	b.abandon(c)
	b.begin(again(c), idempotency.Done)
}

func leaseEnds(b *bench) {
	c := claim(rand.Text(), "f", short)
	b.begin(c, idempotency.Fresh)
	c.Lease = time.Minute
	next := b.free(c, idempotency.InProgress) // the owner says nothing more
	b.begin(again(next), idempotency.InProgress)
}

func lostLease(b *bench) {
	late := claim(rand.Text(), "f", short)
	b.begin(late, idempotency.Fresh)
	next := late
	next.Lease = time.Minute
	next = b.free(next, idempotency.InProgress)

	b.abandon(late)
	b.begin(again(next), idempotency.InProgress)
	if err := b.store.Complete(b.Context(), late, idempotency.Answer{Status: http.StatusTeapot}, time.Hour); !errors.Is(err, idempotency.ErrLost) {
		b.Errorf("error %v, want ErrLost", err)
	}
	b.complete(next, answer(), time.Hour)
	if err := b.store.Complete(b.Context(), late, idempotency.Answer{Status: http.StatusTeapot}, time.Hour); !errors.Is(err, idempotency.ErrLost) {
		b.Errorf("error %v, want ErrLost", err)
	}
	if got := b.begin(again(next), idempotency.Done); got.Status != http.StatusCreated {
		b.Errorf("the answer is the late one's: %d", got.Status)
	}
}

func keepEnds(b *bench) {
	c := claim(rand.Text(), "f", time.Minute)
	b.begin(c, idempotency.Fresh)
	b.complete(c, answer(), short)
	b.free(c, idempotency.Done)
}

func endedContext(b *bench) {
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	c := claim(rand.Text(), "f", time.Minute)
	if _, _, err := b.store.Begin(ctx, c); err == nil {
		b.Error("began with a context that had ended")
	}
	b.begin(again(c), idempotency.Fresh)
}
