package vault

import (
	"context"
	"fmt"
)

// turn is held by one goroutine at a time. Unlike a mutex it is waited for no
// longer than a context lasts.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for another request to Vault: %w", context.Cause(ctx))
	}
}

func (t turn) leave() { <-t }
