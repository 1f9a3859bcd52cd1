package redact

import (
	"database/sql/driver"
	"fmt"
	"io"
	"log/slog"
)

// PII holds personally identifiable information: a name, an address, a number
// of a card or a phone. Whatever prints it shows [personal data]. Its zero value
// holds the zero value of T. It may be copied and used by many goroutines at
// once.
type PII[T any] struct {
	reveal func() T
}

// NewPII returns a PII that holds v. Where v refers to memory, as a slice
// does, that memory is shared.
func NewPII[T any](v T) PII[T] { return PII[T]{hide(v)} }

// Reveal returns the content. It is the only way to it.
func (p PII[T]) Reveal() T { return open(p.reveal) }

// IsZero reports whether the content is the zero value of T. It lets the option
// omitzero of encoding/json work.
func (p PII[T]) IsZero() bool { return isZero(p.Reveal()) }

// Equal reports whether both hold the same content. Strings and slices of bytes
// of one length are compared in constant time.
func (p PII[T]) Equal(other PII[T]) bool { return equal(p.Reveal(), other.Reveal()) }

// String returns [personal data].
func (p PII[T]) String() string { return personalText }

// GoString returns [personal data].
func (p PII[T]) GoString() string { return personalText }

// Format prints [personal data] for every verb of package fmt.
func (p PII[T]) Format(f fmt.State, _ rune) { io.WriteString(f, personalText) }

// LogValue returns [personal data], for log/slog.
func (p PII[T]) LogValue() slog.Value { return slog.StringValue(personalText) }

// MarshalText returns [personal data], for encoding/xml and others.
func (p PII[T]) MarshalText() ([]byte, error) { return []byte(personalText), nil }

// MarshalJSON returns "[personal data]".
func (p PII[T]) MarshalJSON() ([]byte, error) { return []byte(`"` + personalText + `"`), nil }

// Value returns an error, because a database would store the placeholder. Pass
// what [PII.Reveal] returns.
func (p PII[T]) Value() (driver.Value, error) { return nil, errPersonalStored }

// UnmarshalText fills the personal data: as T's own UnmarshalText reads text,
// as it is where T is a string or a slice of bytes, and else as JSON. The error
// does not hold text.
func (p *PII[T]) UnmarshalText(text []byte) error {
	v, ok := fromText[T](text, personalText)
	if !ok {
		return errPersonalForm
	}
	*p = NewPII(v)
	return nil
}

// UnmarshalJSON fills the personal data as encoding/json fills a T; null changes
// nothing. The error does not hold text.
func (p *PII[T]) UnmarshalJSON(text []byte) error {
	if isNull(text) {
		return nil
	}
	v, ok := fromJSON[T](text, personalText)
	if !ok {
		return errPersonalForm
	}
	*p = NewPII(v)
	return nil
}
