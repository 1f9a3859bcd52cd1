package idempotencytest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/kit/idempotency"
)

// post sends an order with a key.
func post(h http.Handler, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/orders", strings.NewReader(`{"sku":"a"}`))
	r.Header.Set(idempotency.Header, key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// crashAndRetry ends the process, as far as the store can tell, between Begin
// and Complete: nothing is heard any more of who began.
func crashAndRetry(b *bench) {
	var done atomic.Int64
	h := idempotency.New(b.store, idempotency.Options{Lease: short})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "order %d", done.Add(1))
	}))
	crashing := idempotency.New(mute{b.store}, idempotency.Options{Lease: short})(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		done.Add(1)
	}))
	key := rand.Text()
	post(crashing, key)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(short / 10) {
		w := post(h, key)
		if w.Code == http.StatusConflict && w.Header().Get("Retry-After") != "" {
			continue
		}
		if w.Code != http.StatusOK || w.Body.String() != "order 2" {
			b.Errorf("the retry got %d %s", w.Code, w.Body)
		}
		if w := post(h, key); w.Body.String() != "order 2" || w.Header().Get(idempotency.Replayed) != "true" {
			b.Errorf("the retry's retry got %d %s", w.Code, w.Body)
		}
		return
	}
	b.Errorf("the retry is still refused after %s; the lease is %s", patience, short)
}

// mute is a store that hears of no end.
type mute struct{ idempotency.Store }

// Complete does nothing.
func (mute) Complete(context.Context, idempotency.Claim, idempotency.Answer, time.Duration) error {
	return nil
}

// Abandon does nothing.
func (mute) Abandon(context.Context, idempotency.Claim) error { return nil }

func concurrentRequests(b *bench) {
	var done atomic.Int64
	h := idempotency.New(b.store, idempotency.Options{})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := done.Add(1)
		time.Sleep(short)
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "order %d", n)
	}))
	key := rand.Text()
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(short / 10) {
				switch w := post(h, key); {
				case w.Code == http.StatusCreated && w.Body.String() == "order 1":
					return
				case w.Code != http.StatusConflict:
					b.Errorf("%d %s", w.Code, w.Body)
					return
				}
			}
			b.Errorf("no answer within %s", patience)
		})
	}
	all.Wait()
	if n := done.Load(); n != 1 {
		b.Errorf("carried out %d times", n)
	}
}
