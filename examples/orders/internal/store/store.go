// Package store keeps orders in PostgreSQL or, for one process, in SQLite:
// the same statements over database/sql.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/kit/data"
	"github.com/golive-dev/golive/kit/idempotency"
)

// Timeout is how long each call of the store may take, repetitions included.
const Timeout = 500 * time.Millisecond

// Store keeps orders and how their customers can be reached. Both ways to
// open one say what its parts do.
type Store struct {
	Keys    idempotency.Store           // answers to requests with a key
	Ping    func(context.Context) error // whether the database answers
	Migrate func(context.Context) error // brings the schema forward
	Close   func(context.Context) error

	db *sql.DB
	// again runs what may be done twice, and again if the session ended.
	again func(ctx context.Context, work func(context.Context) error) error
	// wipe leaves nothing of what was removed in the database's files.
	wipe  string
	rules []data.Rule
}

// do bounds work and repeats it where that helps.
func (s *Store) do(ctx context.Context, work func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	return s.again(ctx, work)
}

// Save implements [order.Store].
func (s *Store) Save(ctx context.Context, o order.Order, d order.Draft) error {
	return s.do(ctx, func(ctx context.Context) error {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err := tx.ExecContext(ctx, `INSERT INTO orders (id, customer, item, quantity, payment, placed_at)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`,
			o.ID, o.Customer, o.Item, o.Quantity, string(o.Payment), o.PlacedAt); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO contacts (customer, email, name, given_at)
			VALUES ($1, $2, $3, $4) ON CONFLICT (customer)
			DO UPDATE SET email = excluded.email, name = excluded.name, given_at = excluded.given_at`,
			o.Customer, d.Email.Reveal(), d.Name.Reveal(), o.PlacedAt); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// Settle implements [order.Store].
func (s *Store) Settle(ctx context.Context, id string) error {
	_, err := s.exec(ctx, `UPDATE orders SET payment = 'paid' WHERE id = $1`, id)
	return err
}

const columns = `SELECT id, customer, item, quantity, payment, placed_at FROM orders `

// Find returns an order by its id, or [order.ErrNotFound].
func (s *Store) Find(ctx context.Context, id string) (order.Order, error) {
	return first(s.query(ctx, columns+`WHERE id = $1`, id))
}

// Latest returns a customer's latest order, or [order.ErrNotFound].
func (s *Store) Latest(ctx context.Context, customer string) (order.Order, error) {
	return first(s.query(ctx, columns+`WHERE customer = $1 ORDER BY placed_at DESC LIMIT 1`, customer))
}

// Pending implements [order.Store].
func (s *Store) Pending(ctx context.Context, before time.Time, limit int) ([]order.Order, error) {
	return s.query(ctx, columns+`WHERE payment = 'pending' AND placed_at < $1 ORDER BY placed_at LIMIT $2`, before.UTC(), limit)
}

func first(found []order.Order, err error) (order.Order, error) {
	if err == nil && len(found) == 0 {
		err = order.ErrNotFound
	}
	if err != nil {
		return order.Order{}, err
	}
	return found[0], nil
}

func (s *Store) query(ctx context.Context, statement string, args ...any) (found []order.Order, err error) {
	err = s.do(ctx, func(ctx context.Context) error {
		found = nil
		rows, err := s.db.QueryContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var o order.Order
			if err := rows.Scan(&o.ID, &o.Customer, &o.Item, &o.Quantity, &o.Payment, &o.PlacedAt); err != nil {
				return err
			}
			o.PlacedAt = o.PlacedAt.UTC()
			found = append(found, o)
		}
		return rows.Err()
	})
	return found, err
}

func (s *Store) exec(ctx context.Context, statement string, args ...any) (n int64, err error) {
	err = s.do(ctx, func(ctx context.Context) error {
		result, err := s.db.ExecContext(ctx, statement, args...)
		if err == nil {
			n, err = result.RowsAffected()
		}
		return err
	})
	return n, err
}

// Register has p remove an account from the store.
func (s *Store) Register(p *data.Purger) {
	p.Register("orders", s.purge(`DELETE FROM orders WHERE customer = $1`))
	p.Register("contacts", s.purge(`DELETE FROM contacts WHERE customer = $1`))
}

func (s *Store) purge(statement string) data.Purge {
	return func(ctx context.Context, customer string) (int64, error) {
		return s.remove(ctx, statement, customer)
	}
}

// remove deletes, and leaves nothing of it in the files either.
func (s *Store) remove(ctx context.Context, statement string, args ...any) (int64, error) {
	n, err := s.exec(ctx, statement, args...)
	if err == nil && s.wipe != "" {
		_, err = s.exec(ctx, s.wipe)
	}
	return n, err
}

// Rules remove what is older than keep.
func (s *Store) Rules(keep time.Duration) []data.Rule {
	return append([]data.Rule{
		{Name: "orders", Keep: keep, Sweep: s.sweep("orders", "id", "placed_at")},
		{Name: "contacts", Keep: keep, Sweep: s.sweep("contacts", "customer", "given_at")},
	}, s.rules...)
}

func (s *Store) sweep(table, key, age string) func(context.Context, time.Time, int) (int64, error) {
	statement := fmt.Sprintf(`DELETE FROM %[1]s WHERE %[2]s IN (SELECT %[2]s FROM %[1]s WHERE %[3]s < $1 LIMIT $2)`, table, key, age)
	return func(ctx context.Context, before time.Time, limit int) (int64, error) {
		return s.remove(ctx, statement, before.UTC(), limit)
	}
}
