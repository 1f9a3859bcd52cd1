package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/kit/data"
	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/pg"
	"github.com/golive-dev/golive/kit/redact"
	"github.com/golive-dev/golive/kit/secret"
)

// opened is a store and what its database holds, in whatever form.
type opened struct {
	*Store
	dump func() string
}

// each runs a test on both stores.
func each(t *testing.T, test func(*testing.T, opened)) {
	for name, open := range map[string]func(*testing.T) opened{"postgres": openPostgres, "sqlite": openSQLite} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			test(t, s)
		})
	}
}

func openPostgres(t *testing.T) opened {
	d := kittest.Postgres(t)
	_, file := d.Files()
	password, err := secret.Watch(t.Context(), secret.File(file), secret.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(password.Close)
	s, err := OpenPostgres(t.Context(), pg.Config{
		URL: strings.Replace(d.Address, "://", "://"+d.User+"@", 1), Password: password,
		Log: kittest.NewLogs(t).Logger, Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return opened{s, func() string { return strings.Join(d.Query("SELECT database_to_xml(true, false, '')"), "\n") }}
}

func openSQLite(t *testing.T) opened {
	dir := t.TempDir()
	s, err := OpenSQLite(filepath.Join(dir, "orders of a test?.db"), kittest.NewLogs(t).Logger, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return opened{s, func() (all string) {
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all += string(text)
		}
		return all
	}}
}

var morning = time.Date(2026, 3, 1, 8, 0, 0, 123456000, time.UTC)

// placed is an order that was placed some time after the morning, and how its
// customer is reached.
func placed(id, customer string, after time.Duration) (order.Order, order.Draft) {
	o := order.Order{ID: id, Customer: customer, Item: "tea", Quantity: 2, Payment: order.Pending, PlacedAt: morning.Add(after)}
	return o, order.Draft{Email: redact.NewPII(customer + "@example.com"), Name: redact.NewPII("Ada of " + customer)}
}

func (s opened) save(t *testing.T, id, customer string, after time.Duration) order.Order {
	t.Helper()
	o, d := placed(id, customer, after)
	if err := s.Save(t.Context(), o, d); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOrdersAreFound(t *testing.T) {
	each(t, func(t *testing.T, s opened) {
		want := s.save(t, "o-1", "c-1", 0)
		s.save(t, "o-1", "c-1", 0) // what was cut is done again
		if got, err := s.Find(t.Context(), "o-1"); err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
		if _, err := s.Find(t.Context(), "o-2"); !errors.Is(err, order.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTheLatestIsTheCustomersOwn(t *testing.T) {
	each(t, func(t *testing.T, s opened) {
		// Times whose text has fractions of different lengths.
		s.save(t, "o-1", "c-1", 500*time.Millisecond-123456*time.Microsecond)
		s.save(t, "o-3", "c-1", time.Second)
		s.save(t, "o-2", "c-1", 510*time.Millisecond-123456*time.Microsecond)
		s.save(t, "o-4", "c-2", time.Hour)
		if got, err := s.Latest(t.Context(), "c-1"); err != nil || got.ID != "o-3" {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := s.Latest(t.Context(), "c-3"); !errors.Is(err, order.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWhatIsSettledIsNotPending(t *testing.T) {
	each(t, func(t *testing.T, s opened) {
		s.save(t, "o-2", "c-1", time.Minute)
		s.save(t, "o-1", "c-1", 0)
		s.save(t, "o-3", "c-1", 2*time.Minute)
		if err := s.Settle(t.Context(), "o-1"); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Find(t.Context(), "o-1"); err != nil || got.Payment != order.Paid {
			t.Errorf("got %+v, %v", got, err)
		}
		pending, err := s.Pending(t.Context(), morning.Add(2*time.Minute), 10)
		if err != nil || len(pending) != 1 || pending[0].ID != "o-2" {
			t.Errorf("got %+v, %v; want o-2", pending, err)
		}
	})
}

func TestAPurgeLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, s opened) {
		s.save(t, "o-1", "canary", 0)
		s.save(t, "o-2", "canary", time.Minute)
		kept := s.save(t, "o-3", "other", 0)
		if !strings.Contains(s.dump(), "canary@example.com") {
			t.Fatal("the dump does not show what is stored")
		}
		purger := data.NewPurger(data.PurgerOptions{Log: kittest.NewLogs(t).Logger})
		s.Register(purger)
		receipt, err := purger.Purge(t.Context(), "canary")
		if err != nil || receipt.Removed() != 3 || !receipt.Complete {
			t.Errorf("got %+v, %v", receipt, err)
		}
		if strings.Contains(s.dump(), "canary") {
			t.Error("something of the account is left")
		}
		if got, err := s.Latest(t.Context(), "other"); err != nil || got != kept {
			t.Errorf("another account has %+v, %v", got, err)
		}
	})
}

func TestWhatIsTooOldIsSweptInBatches(t *testing.T) {
	each(t, func(t *testing.T, s opened) {
		for i := range 5 {
			s.save(t, fmt.Sprint("o-", i), fmt.Sprint("old-", i), 0)
		}
		s.save(t, "o-5", "new", time.Hour)
		for _, rule := range s.Rules(time.Hour) {
			var removed []int64
			for range 3 {
				n, err := rule.Sweep(t.Context(), morning.Add(time.Hour), 3)
				if err != nil {
					t.Fatalf("%s: %v", rule.Name, err)
				}
				removed = append(removed, n)
			}
			if want := []int64{3, 2, 0}; rule.Name != "idempotency keys" && !slices.Equal(removed, want) {
				t.Errorf("%s: swept %v, want %v", rule.Name, removed, want)
			}
		}
		if strings.Contains(s.dump(), "old-0@") || !strings.Contains(s.dump(), "new@") {
			t.Error("what is left is not what is young")
		}
	})
}

func TestACallEnds(t *testing.T) {
	each(t, func(t *testing.T, s opened) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Find(ctx, "o-1"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestADatabaseThatIsNotThere(t *testing.T) {
	s, err := OpenPostgres(t.Context(), pg.Config{URL: "postgres://orders@127.0.0.1:1/orders", Log: kittest.NewLogs(t).Logger})
	if err != nil {
		t.Fatalf("the server need not be up: %v", err)
	}
	defer s.Close(t.Context())
	for what, err := range map[string]error{"ping": s.Ping(t.Context()), "migrate": s.Migrate(t.Context()), "settle": s.Settle(t.Context(), "o-1")} {
		if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
			t.Errorf("%s: the error does not say where: %v", what, err)
		}
	}
}
