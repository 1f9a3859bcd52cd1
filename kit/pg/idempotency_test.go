package pg

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/idempotency"
	"github.com/golive-dev/golive/kit/idempotency/idempotencytest"
	"github.com/jackc/pgx/v5/pgxpool"
)

func withKeys(t *testing.T) (*database, *pgxpool.Pool) {
	d := newDatabase(t)
	d.Exec("ALTER SCHEMA public OWNER TO " + d.User)
	pool := open(t, d.config())
	if _, err := pool.Exec(within(t), IdempotencySchema); err != nil {
		t.Fatal(err)
	}
	return d, pool
}

func TestTheDatabaseIsAStore(t *testing.T) {
	_, pool := withKeys(t)
	idempotencytest.Run(t, func(*testing.T) idempotency.Store { return IdempotencyStore(pool) })
}

// Sessions that end in the middle of a step cost no key: a step that was done
// and not answered is done again to the same end.
func TestTheStoreSurvivesSessionsThatEnd(t *testing.T) {
	d, pool := withKeys(t)
	store := IdempotencyStore(pool)
	l := under(t, func(ctx context.Context) error {
		c := idempotency.Claim{Key: rand.Text(), Fingerprint: "f", Owner: rand.Text(), Lease: time.Minute}
		if _, state, err := store.Begin(ctx, c); err != nil || state != idempotency.Fresh {
			t.Errorf("begin: %v, %v", state, err)
			return err
		}
		if err := store.Complete(ctx, c, idempotency.Answer{Status: 201, Body: []byte("ok")}, time.Hour); err != nil {
			return err
		}
		c.Owner = rand.Text()
		if a, state, err := store.Begin(ctx, c); err != nil || state != idempotency.Done || a.Status != 201 {
			t.Errorf("again: %v, %v, %v", a, state, err)
			return err
		}
		return nil
	})
	for range 5 {
		l.more(t, 100)
		d.terminate(d.sessions(d.User))
	}
	l.more(t, 100)
	l.judge(t)
}

func TestExpiredKeysAreSwept(t *testing.T) {
	d, pool := withKeys(t)
	d.Exec("INSERT INTO idempotency_keys (key, fingerprint, owner, expires_at) SELECT n::text, 'f', 'o', now() - n * interval '1 minute' FROM generate_series(-5, 9) AS n")
	sweep := IdempotencySweep(pool)
	for _, c := range []struct {
		before time.Time
		limit  int
		want   int64
	}{
		{time.Now().Add(-330 * time.Second), 100, 4}, // 6 to 9 minutes old
		{time.Now().Add(time.Hour), 3, 3},            // what is not over yet stays
		{time.Now().Add(time.Hour), 100, 3},
		{time.Now().Add(time.Hour), 100, 0},
	} {
		if n, err := sweep(within(t), c.before, c.limit); err != nil || n != c.want {
			t.Errorf("%d removed, %v; want %d", n, err, c.want)
		}
	}
	if left := d.Query("SELECT 1 FROM idempotency_keys"); len(left) != 5 {
		t.Errorf("%d left, want the 5 that have not expired", len(left))
	}
}
