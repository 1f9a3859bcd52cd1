package data_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/golive-dev/golive/kit/audit"
	"github.com/golive-dev/golive/kit/data"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// table is a store of rows by owner.
type table struct {
	rows    map[string]int64
	away    bool // removes nothing and fails
	midway  bool // removes one and fails
	asked   int
	removed int64
}

func newTable(rows int64) *table {
	return &table{rows: map[string]int64{"ana@example.com": rows, "bob@example.com": 5}}
}

func (s *table) purge(_ context.Context, subject string) (int64, error) {
	s.asked++
	n := s.rows[subject]
	switch {
	case s.away:
		return 0, fmt.Errorf("delete where owner = '%s': connection refused", subject)
	case s.midway:
		s.rows[subject]--
		return 1, errors.New("connection lost")
	}
	delete(s.rows, subject)
	return n, nil
}

func TestPurgeRemovesFromAllStoresAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		orders, cache, files := newTable(3), newTable(1), newTable(0)
		p := data.NewPurger(data.PurgerOptions{Log: quiet})
		p.Register("orders", func(ctx context.Context, subject string) (int64, error) {
			time.Sleep(1500 * time.Millisecond)
			return orders.purge(ctx, subject)
		})
		p.Register("cache", cache.purge)
		p.Register("files", files.purge)
		receipt, err := p.Purge(t.Context(), "ana@example.com")
		if err != nil || !receipt.Complete || receipt.Removed() != 4 {
			t.Fatalf("%v, %+v", err, receipt)
		}
		text, err := json.Marshal(receipt)
		if err != nil {
			t.Fatal(err)
		}
		const want = `{"subject":"sha256:8e43ca37701228e74983efdbd0cff5c16b3b1e5d4e29a7c05626d4d25a018e11",` +
			`"began":"2000-01-01T00:00:00Z","ended":"2000-01-01T00:00:01.5Z","complete":true,"stores":[` +
			`{"store":"orders","removed":3,"at":"2000-01-01T00:00:00Z","seconds":1.5,"attempts":1},` +
			`{"store":"cache","removed":1,"at":"2000-01-01T00:00:01.5Z","seconds":0,"attempts":1},` +
			`{"store":"files","removed":0,"at":"2000-01-01T00:00:01.5Z","seconds":0,"attempts":1}]}`
		if string(text) != want {
			t.Errorf("got  %s\nwant %s", text, want)
		}
		if orders.rows["bob@example.com"] != 5 {
			t.Error("somebody else's rows are gone")
		}
	})
}

func TestFailingStoreIsResumed(t *testing.T) {
	orders, cache, search := newTable(3), newTable(1), newTable(7)
	cache.away, search.midway = true, true
	p := data.NewPurger(data.PurgerOptions{Log: quiet})
	p.Register("orders", orders.purge)
	p.Register("cache", cache.purge)
	p.Register("search", search.purge)

	first, err := p.Purge(t.Context(), "ana@example.com")
	if err == nil || first.Complete || first.Removed() != 4 {
		t.Fatalf("%v, %+v", err, first)
	}
	if text := err.Error(); !strings.Contains(text, "cache: ") || !strings.Contains(text, "search: ") || strings.Contains(text, "orders") || strings.Contains(text, "ana@") {
		t.Errorf("error %q, want one that names the stores and not the subject", text)
	}

	// The receipt is kept as JSON and the process starts anew, with one more store.
	text, err := json.Marshal(first)
	if err != nil || strings.Contains(string(text), "ana@") {
		t.Fatalf("%v in %s", err, text)
	}
	var kept data.Receipt
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	cache.away, search.midway = false, false
	mails := newTable(2)
	p = data.NewPurger(data.PurgerOptions{Log: quiet})
	p.Register("orders", orders.purge)
	p.Register("cache", cache.purge)
	p.Register("search", search.purge)
	p.Register("mails", mails.purge)
	second, err := p.Resume(t.Context(), "ana@example.com", kept)
	if err != nil || !second.Complete || !second.Began.Equal(first.Began) {
		t.Fatalf("%v, %+v", err, second)
	}
	var got []string
	for _, s := range second.Stores {
		got = append(got, fmt.Sprintf("%s %d in %d", s.Store, s.Removed, s.Attempts))
	}
	if want := []string{"orders 3 in 1", "cache 1 in 2", "search 7 in 2", "mails 2 in 1"}; !reflect.DeepEqual(got, want) {
		t.Errorf("removed %q, want %q", got, want)
	}
	if orders.asked != 1 {
		t.Errorf("orders was asked %d times, and was purged the first time", orders.asked)
	}
	if kept.Stores[1].Attempts != 1 {
		t.Error("the earlier receipt was changed")
	}
	if third, err := p.Resume(t.Context(), "ana@example.com", second); err != nil || !reflect.DeepEqual(third.Stores, second.Stores) {
		t.Errorf("resumed a complete one: %v, %+v", err, third)
	}
}

func TestStoreThatIsGoneStaysIncomplete(t *testing.T) {
	cache := newTable(1)
	cache.away = true
	p := data.NewPurger(data.PurgerOptions{Log: quiet})
	p.Register("cache", cache.purge)
	first, _ := p.Purge(t.Context(), "ana@example.com")
	second, err := data.NewPurger(data.PurgerOptions{Log: quiet}).Resume(t.Context(), "ana@example.com", first)
	if err == nil || second.Complete {
		t.Errorf("%v, %+v: a store that was never purged and is not registered any more", err, second)
	}
}

func TestResumeWantsTheSubjectsReceipt(t *testing.T) {
	p := data.NewPurger(data.PurgerOptions{Log: quiet})
	receipt, err := p.Purge(t.Context(), "ana@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Resume(t.Context(), "bob@example.com", receipt); !errors.Is(err, data.ErrOtherSubject) {
		t.Errorf("error %v", err)
	}
	if _, err := p.Purge(t.Context(), ""); err == nil {
		t.Error("purged nobody")
	}
	if !p.Verify(receipt, "ana@example.com") || p.Verify(receipt, "bob@example.com") {
		t.Error("the receipt is not ana's")
	}
	keyed := data.NewPurger(data.PurgerOptions{Log: quiet, Key: []byte("pepper")})
	other, err := keyed.Purge(t.Context(), "ana@example.com")
	if err != nil || !strings.HasPrefix(other.Subject, "hmac-sha256:") || !keyed.Verify(other, "ana@example.com") || p.Verify(other, "ana@example.com") {
		t.Errorf("%v, %s", err, other.Subject)
	}
}

func TestPanicsTimeoutsAndEndsAreFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		orders := newTable(3)
		p := data.NewPurger(data.PurgerOptions{Log: quiet, Timeout: time.Second})
		p.Register("panics", func(context.Context, string) (int64, error) { panic("nil map") })
		p.Register("silent", func(ctx context.Context, _ string) (int64, error) { <-ctx.Done(); return 0, ctx.Err() })
		p.Register("stops", func(context.Context, string) (int64, error) { cancel(); return 1, nil })
		p.Register("orders", orders.purge)
		receipt, err := p.Purge(ctx, "ana@example.com")
		var got []string
		for _, s := range receipt.Stores {
			got = append(got, s.Error)
		}
		want := []string{"the purge panicked: nil map", "context deadline exceeded", "", "context canceled"}
		if err == nil || !reflect.DeepEqual(got, want) || orders.asked != 0 {
			t.Errorf("%v, %q, want %q", err, got, want)
		}
	})
}

func TestPurgeIsLoggedAndAuditedWithoutTheSubject(t *testing.T) {
	var log, trail bytes.Buffer
	cache := newTable(1)
	cache.away = true
	p := data.NewPurger(data.PurgerOptions{Log: slog.New(slog.NewTextHandler(&log, nil)), Audit: audit.New(&trail, audit.Options{Service: "orders"}), Actor: "account-deletion"})
	p.Register("orders", newTable(3).purge)
	p.Register("cache", cache.purge)
	receipt, err := p.Purge(t.Context(), "ana@example.com")
	if err == nil {
		t.Fatal("no error")
	}
	cache.away = false
	if _, err := p.Resume(t.Context(), "ana@example.com", receipt); err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"log": log.String(), "audit log": trail.String()} {
		if strings.Contains(text, "ana") {
			t.Errorf("the %s names the subject:\n%s", what, text)
		}
		if !strings.Contains(text, receipt.Subject) || !strings.Contains(text, "incomplete") {
			t.Errorf("the %s does not tell the purge:\n%s", what, text)
		}
	}
	if !strings.Contains(log.String(), "store=cache") {
		t.Errorf("the log does not name the store:\n%s", &log)
	}
	if lines := strings.Count(trail.String(), "data.purged"); lines != 2 || !strings.Contains(trail.String(), "account-deletion") {
		t.Errorf("%d entries in the audit log, want 2:\n%s", lines, &trail)
	}
}

// full is a disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestPurgeThatCannotBeAuditedIsAnError(t *testing.T) {
	orders := newTable(3)
	p := data.NewPurger(data.PurgerOptions{Log: quiet, Audit: audit.New(full{}, audit.Options{})})
	p.Register("orders", orders.purge)
	receipt, err := p.Purge(t.Context(), "ana@example.com")
	if err == nil || !strings.Contains(err.Error(), "no space left") || receipt.Removed() != 3 {
		t.Errorf("%v, %+v", err, receipt)
	}
}

func TestStoresWithoutANameOfTheirOwnPanic(t *testing.T) {
	p := data.NewPurger(data.PurgerOptions{})
	p.Register("orders", newTable(0).purge)
	for name, purge := range map[string]data.Purge{"": newTable(0).purge, "orders": newTable(0).purge, "cache": nil} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("registered %q", name)
				}
			}()
			p.Register(name, purge)
		}()
	}
}
