package data

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/kit/audit"
)

// PurgerOptions say where purges are told. The zero value is ready for use.
type PurgerOptions struct {
	// Log is told each purge and each store that fails. nil means
	// [slog.Default].
	Log *slog.Logger
	// Audit gets one entry per purge. nil means none.
	Audit *audit.Log
	// Actor is who stands in the audit log as having done it. "" means "purger".
	Actor string
	// Key makes the hash of a subject an HMAC: without the key nobody can find
	// out by trying whom a receipt is about, which is easy with the plain
	// SHA-256 of a mail address. nil means plain, which is enough for random
	// ids only.
	Key []byte
	// Timeout is how long one store may take. 0 means 30 s: nobody waits for a
	// purge, and whole tables may have to be looked through.
	Timeout time.Duration
}

// A Purge removes from one store all that belongs to a subject, the id of an
// account, and returns how much that was: rows, files, keys. It may be called
// again for a subject that is gone already.
type Purge func(ctx context.Context, subject string) (removed int64, err error)

// A Purger removes subjects from every store that keeps something about them.
// Register all stores first; after that it is safe for use by many goroutines.
type Purger struct {
	options PurgerOptions
	names   []string
	stores  map[string]Purge
}

// NewPurger returns a purger without stores.
func NewPurger(o PurgerOptions) *Purger {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Actor == "" {
		o.Actor = "purger"
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	return &Purger{options: o, stores: map[string]Purge{}}
}

// Register adds a store: everything that keeps something about a subject, also
// caches, search indexes, files and other services. It panics if the name is
// empty or taken, since a store that is not purged would not be missed.
func (p *Purger) Register(store string, purge Purge) {
	if store == "" || purge == nil || p.stores[store] != nil {
		panic(fmt.Sprintf("data: the store %q needs a name of its own and a purge", store))
	}
	p.names = append(p.names, store)
	p.stores[store] = purge
}

// Purge removes the subject from all stores, in the order of their
// registration. All are tried, whatever happens to the others. The receipt says
// what was removed where; keep it. If a store failed, the error names it, and
// [Purger.Resume] goes on from the receipt.
func (p *Purger) Purge(ctx context.Context, subject string) (Receipt, error) {
	return p.Resume(ctx, subject, Receipt{})
}

// ErrOtherSubject is returned by [Purger.Resume] for the receipt of another
// subject, or of another key.
var ErrOtherSubject = errors.New("the receipt is not this subject's")

// Resume tries the stores again that failed in an earlier receipt, and those
// that were not there then, and returns a receipt of the whole. The zero receipt is
// that of a purge that did not begin yet.
func (p *Purger) Resume(ctx context.Context, subject string, earlier Receipt) (Receipt, error) {
	if subject == "" {
		return Receipt{}, errors.New("the subject of a purge is empty; pass the id of an account")
	}
	hash := p.hash(subject)
	if earlier.Subject != "" && earlier.Subject != hash {
		return earlier, ErrOtherSubject
	}
	receipt := Receipt{Subject: hash, Began: earlier.Began, Stores: slices.Clone(earlier.Stores)}
	if receipt.Began.IsZero() {
		receipt.Began = time.Now().UTC()
	}
	for _, name := range p.names {
		if entry := receipt.store(name); entry.Attempts == 0 || entry.Error != "" {
			p.purge(ctx, subject, entry)
		}
	}
	receipt.Ended = time.Now().UTC()
	receipt.Complete = receipt.failed() == nil
	return receipt, p.tell(ctx, receipt)
}

// purge tries one store and fills in its part of the receipt.
func (p *Purger) purge(ctx context.Context, subject string, entry *StoreReceipt) {
	ctx, cancel := context.WithTimeout(ctx, p.options.Timeout)
	defer cancel()
	began := time.Now()
	removed, err := int64(0), ctx.Err()
	if err == nil {
		removed, err = guarded(ctx, p.stores[entry.Store], subject)
	}
	entry.Attempts++
	entry.Removed += removed
	entry.At, entry.Seconds, entry.Error = began.UTC(), time.Since(began).Seconds(), ""
	if err != nil {
		entry.Error = strings.ReplaceAll(err.Error(), subject, "[subject]")
	}
}

func guarded(ctx context.Context, purge Purge, subject string) (removed int64, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the purge panicked: %v", r)
		}
	}()
	return purge(ctx, subject)
}

// tell logs the purge and returns what went wrong.
func (p *Purger) tell(ctx context.Context, r Receipt) error {
	result := "complete"
	for _, s := range r.Stores {
		if s.Error != "" {
			result = "incomplete"
			p.options.Log.ErrorContext(ctx, "data.purge_failed", "subject", r.Subject, "store", s.Store, "attempts", s.Attempts, "error", s.Error)
		}
	}
	p.options.Log.InfoContext(ctx, "data.purged", "subject", r.Subject, "result", result, "stores", len(r.Stores), "removed", r.Removed())
	err := r.failed()
	if p.options.Audit == nil {
		return err
	}
	recorded := p.options.Audit.Record(ctx, audit.Entry{Subject: p.options.Actor, Action: "data.purged", Object: "subject/" + r.Subject, Result: result,
		Attrs: []slog.Attr{slog.Int("stores", len(r.Stores)), slog.Int64("removed", r.Removed())}})
	if recorded != nil {
		err = errors.Join(err, fmt.Errorf("record the purge: %w", recorded))
	}
	return err
}
