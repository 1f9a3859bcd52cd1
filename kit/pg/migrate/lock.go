package migrate

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/pressly/goose/v3/lock"
)

// lockPause is how often the lock is asked for.
const lockPause = 100 * time.Millisecond

// unlockLimit bounds the giving back of the lock, which happens also when the
// caller's context is over.
const unlockLimit = 5 * time.Second

// sessionLock is PostgreSQL's advisory lock, under the number that goose's own
// command uses, so that both take turns.
type sessionLock struct{}

// SessionLock implements [lock.SessionLocker]: it asks until it is let in or
// ctx is over.
func (sessionLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for {
		var mine bool
		if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", lock.DefaultLockID).Scan(&mine); err != nil {
			return fmt.Errorf("asking for the lock of migrations: %w", err)
		}
		if mine {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("another process holds the lock of migrations: %w", context.Cause(ctx))
		case <-time.After(lockPause):
		}
	}
}

// SessionUnlock implements [lock.SessionLocker]. Where the answer fails to
// come, it ends the session, and the lock with it: a session that keeps the
// lock must not go back into a pool.
func (sessionLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, unlockLimit)
	defer cancel()
	var freed bool
	err := conn.QueryRowContext(ctx, "SELECT pg_advisory_unlock($1)", lock.DefaultLockID).Scan(&freed)
	if err != nil || !freed {
		conn.Raw(func(any) error { return driver.ErrBadConn })
	}
	return nil
}
