package idempotency

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// A Store remembers which keys were used and what was answered. Its methods
// are called by many goroutines and, if it is shared, many processes at once.
// The package idempotencytest holds what every store must do.
type Store interface {
	// Begin claims a key. Of any number of callers at once exactly one gets
	// [Fresh]; it is to do the work, and to call Complete or Abandon with the
	// same claim. The others learn how far the work is. A claim whose lease ran
	// out counts as never made: its owner crashed.
	//
	// The answer is set if, and only if, the state is [Done]. An error means that
	// nothing was claimed as far as the store knows.
	Begin(ctx context.Context, c Claim) (Answer, State, error)

	// Complete keeps the answer for the claim's key until keep is over. It
	// returns [ErrLost] and changes nothing if the claim is no longer the
	// owner's.
	Complete(ctx context.Context, c Claim, a Answer, keep time.Duration) error

	// Abandon frees the key, so that the request can be tried again. It does
	// nothing if the claim is no longer the owner's.
	Abandon(ctx context.Context, c Claim) error
}

// A Claim is one attempt to do the work of a key.
type Claim struct {
	// Key names the request within its scope. It is a hash of fixed length,
	// which holds nothing of the caller.
	Key string
	// Fingerprint is a hash of what was asked for. The same key with another
	// fingerprint is a mistake of the caller.
	Fingerprint string
	// Owner is random and sets this attempt apart from any other.
	Owner string
	// Lease is how long after Begin the claim holds without an answer.
	Lease time.Duration
}

// An Answer is what is given to every later request of the same key.
type Answer struct {
	Status int         // HTTP status
	Header http.Header // as the handler set it
	Body   []byte
	// TooLarge says that the body was not kept because it exceeded
	// Options.MaxAnswer; Body is empty then.
	TooLarge bool
}

// State says what a key is found to be.
type State int

// What Begin finds.
const (
	Fresh      State = iota + 1 // never used, or abandoned, or expired: the caller has the claim
	InProgress                  // another has it, and its lease holds
	Done                        // there is an answer
	Mismatch                    // used for another payload, whether answered or not
)

// String returns the name that messages use.
func (s State) String() string {
	if s < Fresh || s > Mismatch {
		return "no state"
	}
	return [...]string{"fresh", "in progress", "done", "mismatch"}[s-1]
}

// ErrLost is returned by [Store.Complete] when the lease ran out and the key
// was freed or claimed by another. The work may have been done twice.
var ErrLost = errors.New("the claim on the idempotency key is lost: the work took longer than the lease")

// ErrFull is returned by [Store.Begin] when the store holds as many claims in
// progress as it may.
var ErrFull = errors.New("the store of idempotency keys is full of requests in progress")
