package pg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/golive-dev/golive/kit/idempotency"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// IdempotencySchema makes the table of [IdempotencyStore]; put it into a
// migration. Its primary key decides who is first.
const IdempotencySchema = `CREATE TABLE idempotency_keys (
	key text PRIMARY KEY,
	fingerprint text NOT NULL,
	owner text NOT NULL,
	expires_at timestamptz NOT NULL,
	status integer,
	header bytea,
	body bytea,
	too_large boolean NOT NULL DEFAULT false
);
CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at);
`

// IdempotencyStore keeps the keys of package idempotency in the database, for
// services of several replicas. It needs the table of [IdempotencySchema], goes
// by the clock of the server, and takes one round trip for a fresh key. Keys that
// have expired count as never used; [IdempotencySweep] removes them.
func IdempotencyStore(pool *pgxpool.Pool) idempotency.Store { return keys{pool} }

// keys implements [idempotency.Store]. Each step may be done twice, so that a
// session that ends costs no request.
type keys struct {
	pool *pgxpool.Pool
}

// claimed takes a key that is free, or expired, or the claim's own already.
const claimed = `INSERT INTO idempotency_keys AS k (key, fingerprint, owner, expires_at)
VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 microsecond')
ON CONFLICT (key) DO UPDATE SET
	fingerprint = excluded.fingerprint, owner = excluded.owner, expires_at = excluded.expires_at,
	status = NULL, header = NULL, body = NULL, too_large = false
WHERE k.expires_at <= clock_timestamp() OR k.owner = excluded.owner AND k.status IS NULL`

// Begin implements [idempotency.Store].
func (k keys) Begin(ctx context.Context, c idempotency.Claim) (answer idempotency.Answer, state idempotency.State, err error) {
	err = Retry(ctx, k.pool, func(ctx context.Context) error {
		for state = 0; state == 0; {
			tag, err := k.pool.Exec(ctx, claimed, c.Key, c.Fingerprint, c.Owner, c.Lease.Microseconds())
			if err != nil {
				return err
			}
			if tag.RowsAffected() == 1 {
				state = idempotency.Fresh
			} else if answer, state, err = k.find(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return idempotency.Answer{}, 0, fmt.Errorf("claiming an idempotency key: %w", err)
	}
	return answer, state, nil
}

// find tells how far the one is who was first. The state is 0 if that one is
// gone by now.
func (k keys) find(ctx context.Context, c idempotency.Claim) (a idempotency.Answer, state idempotency.State, err error) {
	var fingerprint string
	var status *int
	var header []byte
	err = k.pool.QueryRow(ctx, "SELECT fingerprint, status, header, body, too_large FROM idempotency_keys WHERE key = $1 AND expires_at > clock_timestamp()", c.Key).
		Scan(&fingerprint, &status, &header, &a.Body, &a.TooLarge)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return idempotency.Answer{}, 0, nil
	case err != nil:
		return idempotency.Answer{}, 0, err
	case fingerprint != c.Fingerprint:
		return idempotency.Answer{}, idempotency.Mismatch, nil
	case status == nil:
		return idempotency.Answer{}, idempotency.InProgress, nil
	}
	a.Status = *status
	if a.Header, err = unpacked(header); err != nil {
		return idempotency.Answer{}, 0, fmt.Errorf("reading the header of an answer: %w", err)
	}
	return a, idempotency.Done, nil
}

// Complete implements [idempotency.Store].
func (k keys) Complete(ctx context.Context, c idempotency.Claim, a idempotency.Answer, keep time.Duration) error {
	header, err := packed(a.Header)
	if err != nil {
		return fmt.Errorf("keeping the header of an answer: %w", err)
	}
	err = Retry(ctx, k.pool, func(ctx context.Context) error {
		tag, err := k.pool.Exec(ctx, `UPDATE idempotency_keys
SET status = $3, header = $4, body = $5, too_large = $6, expires_at = clock_timestamp() + $7 * interval '1 microsecond'
WHERE key = $1 AND owner = $2`, c.Key, c.Owner, a.Status, header, a.Body, a.TooLarge, keep.Microseconds())
		if err == nil && tag.RowsAffected() == 0 {
			return idempotency.ErrLost
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping the answer to an idempotency key: %w", err)
	}
	return nil
}

// Abandon implements [idempotency.Store].
func (k keys) Abandon(ctx context.Context, c idempotency.Claim) error {
	err := Retry(ctx, k.pool, func(ctx context.Context) error {
		_, err := k.pool.Exec(ctx, "DELETE FROM idempotency_keys WHERE key = $1 AND owner = $2 AND status IS NULL", c.Key, c.Owner)
		return err
	})
	if err != nil {
		return fmt.Errorf("freeing an idempotency key: %w", err)
	}
	return nil
}

// IdempotencySweep returns a sweep for package data that removes keys which
// expired before a time, at most limit of them at once, and returns how many it
// removed. Two replicas that sweep at once do not wait for each other.
func IdempotencySweep(pool *pgxpool.Pool) func(ctx context.Context, before time.Time, limit int) (int64, error) {
	return func(ctx context.Context, before time.Time, limit int) (int64, error) {
		tag, err := pool.Exec(ctx, `DELETE FROM idempotency_keys WHERE key IN (
	SELECT key FROM idempotency_keys WHERE expires_at < least($1, clock_timestamp()) ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`, before, limit)
		if err != nil {
			return 0, fmt.Errorf("removing expired idempotency keys: %w", Describe(pool, err))
		}
		return tag.RowsAffected(), nil
	}
}

// packed keeps every byte of a header: values need not be UTF-8, and neither
// text nor jsonb holds a zero.
func packed(h http.Header) ([]byte, error) {
	raw := make(map[string][][]byte, len(h))
	for name, values := range h {
		raw[name] = [][]byte{}
		for _, v := range values {
			raw[name] = append(raw[name], []byte(v))
		}
	}
	return json.Marshal(raw)
}

func unpacked(text []byte) (http.Header, error) {
	var raw map[string][][]byte
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	h := make(http.Header, len(raw))
	for name, values := range raw {
		for _, v := range values {
			h[name] = append(h[name], string(v))
		}
	}
	return h, nil
}
