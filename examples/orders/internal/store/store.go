// Package store keeps orders in a store that speaks Redis' protocol.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/golive-dev/golive/examples/orders/internal/dependency"
	"github.com/golive-dev/golive/examples/orders/internal/order"
)

// maxConnections bounds the pool, so that a slow store is not answered with
// ever more connections.
const maxConnections = 64

// errStale says that an idle connection predates a failure.
var errStale = errors.New("idle since before the last failure")

// Store keeps orders. It is safe for concurrent use.
type Store struct {
	dependency *dependency.Dependency
	pool       *redis.Pool
	failed     atomic.Int64 // when a call failed last, in nanoseconds since 1970
}

// New returns the store at address. It connects when it is first used.
//
// A failure ends the trust in connections that were idle then: a store that
// comes back has forgotten all of them, and each would fail one more request.
func New(address *url.URL, d *dependency.Dependency) *Store {
	s := &Store{dependency: d}
	s.pool = &redis.Pool{
		MaxIdle: maxConnections, MaxActive: maxConnections, Wait: true, IdleTimeout: time.Minute,
		DialContext: func(ctx context.Context) (redis.Conn, error) {
			return redis.DialContext(ctx, "tcp", address.Host, redis.DialConnectTimeout(d.Timeout),
				redis.DialReadTimeout(d.Timeout), redis.DialWriteTimeout(d.Timeout))
		},
		TestOnBorrow: func(_ redis.Conn, idleSince time.Time) error {
			if idleSince.UnixNano() <= s.failed.Load() {
				return errStale
			}
			return nil
		},
	}
	return s
}

// Close closes all idle connections.
func (s *Store) Close() error { return s.pool.Close() }

// Connections returns how many connections are open and how many of them are
// in use.
func (s *Store) Connections() (open, inUse int) {
	stats := s.pool.Stats()
	return stats.ActiveCount, stats.ActiveCount - stats.IdleCount
}

// Save keeps the order, over what was kept under its id.
func (s *Store) Save(ctx context.Context, o order.Order) error {
	text, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("encoding the order: %w", err)
	}
	return s.dependency.Call(ctx, "save", func(ctx context.Context) error {
		if _, err := s.do(ctx, "SET", "order:"+o.ID, text); err != nil {
			return err
		}
		_, err := s.do(ctx, "SET", "latest:"+o.Customer, o.ID)
		return err
	})
}

// Find returns the order with the given id, or [order.ErrNotFound].
func (s *Store) Find(ctx context.Context, id string) (order.Order, error) {
	return s.find(ctx, "find", func(ctx context.Context) ([]byte, error) {
		return s.get(ctx, "order:"+id)
	})
}

// Latest returns the customer's latest order, or [order.ErrNotFound].
func (s *Store) Latest(ctx context.Context, customer string) (order.Order, error) {
	return s.find(ctx, "latest", func(ctx context.Context) ([]byte, error) {
		id, err := s.get(ctx, "latest:"+customer)
		if err != nil || id == nil {
			return nil, err
		}
		return s.get(ctx, "order:"+string(id))
	})
}

// Ping returns an error when the store does not answer in time.
func (s *Store) Ping(ctx context.Context) error {
	return s.dependency.Check(ctx, func(ctx context.Context) error {
		_, err := s.do(ctx, "PING")
		return err
	})
}

func (s *Store) find(ctx context.Context, operation string, read func(context.Context) ([]byte, error)) (order.Order, error) {
	var text []byte
	err := s.dependency.Call(ctx, operation, func(ctx context.Context) (err error) {
		text, err = read(ctx)
		return err
	})
	if err != nil {
		return order.Order{}, err
	}
	if text == nil {
		return order.Order{}, order.ErrNotFound
	}
	var o order.Order
	if err := json.Unmarshal(text, &o); err != nil {
		return order.Order{}, fmt.Errorf("decoding an order: %w", err)
	}
	return o, nil
}

// get returns the value of key, nil when there is none.
func (s *Store) get(ctx context.Context, key string) ([]byte, error) {
	value, err := redis.Bytes(s.do(ctx, "GET", key))
	if errors.Is(err, redis.ErrNil) {
		return nil, nil
	}
	return value, err
}

// do sends one command within ctx's deadline, the wait for a connection
// included.
func (s *Store) do(ctx context.Context, command string, args ...any) (any, error) {
	conn, err := s.pool.GetContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	defer conn.Close()
	reply, err := redis.DoContext(conn, ctx, command, args...)
	if err != nil {
		s.failed.Store(time.Now().UnixNano())
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	return reply, nil
}
