package data

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// A Receipt shows what a purge removed. It is made for keeping as JSON, and
// holds nothing of the subject but a hash.
type Receipt struct {
	// Subject is "sha256:" or "hmac-sha256:" and the hash of the subject.
	Subject string `json:"subject"`
	// Began is the time of the first attempt, Ended that of the end of the last.
	Began time.Time `json:"began"`
	Ended time.Time `json:"ended"`
	// Complete says that every store was purged.
	Complete bool           `json:"complete"`
	Stores   []StoreReceipt `json:"stores"`
}

// A StoreReceipt is the part of one store.
type StoreReceipt struct {
	Store    string    `json:"store"`
	Removed  int64     `json:"removed"`         // over all attempts
	At       time.Time `json:"at"`              // of the last attempt
	Seconds  float64   `json:"seconds"`         // that it took
	Attempts int       `json:"attempts"`        // so far
	Error    string    `json:"error,omitempty"` // of the last attempt; "" if it succeeded
}

// Removed returns how much was removed in all stores.
func (r Receipt) Removed() int64 {
	var sum int64
	for _, s := range r.Stores {
		sum += s.Removed
	}
	return sum
}

// store returns the part of a store, which is added if need be.
func (r *Receipt) store(name string) *StoreReceipt {
	for i := range r.Stores {
		if r.Stores[i].Store == name {
			return &r.Stores[i]
		}
	}
	r.Stores = append(r.Stores, StoreReceipt{Store: name})
	return &r.Stores[len(r.Stores)-1]
}

// failed returns an error that names the stores that are not purged.
func (r Receipt) failed() error {
	var failed []string
	for _, s := range r.Stores {
		if s.Error != "" {
			failed = append(failed, s.Store+": "+s.Error)
		}
	}
	if failed == nil {
		return nil
	}
	return fmt.Errorf("the purge is incomplete, resume it with its receipt: %s", strings.Join(failed, "; "))
}

// hash returns how a subject is told in receipts and logs.
func (p *Purger) hash(subject string) string {
	if p.options.Key == nil {
		sum := sha256.Sum256([]byte(subject))
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	mac := hmac.New(sha256.New, p.options.Key)
	mac.Write([]byte(subject))
	return "hmac-sha256:" + hex.EncodeToString(mac.Sum(nil))
}

// Verify reports whether the receipt is the subject's: what is asked for when
// someone wants to know whether they were forgotten.
func (p *Purger) Verify(r Receipt, subject string) bool {
	return hmac.Equal([]byte(r.Subject), []byte(p.hash(subject)))
}
