package redact

import (
	"database/sql/driver"
	"fmt"
	"io"
	"log/slog"
)

// Secret holds a credential: a password, a token, a private key. Whatever
// prints it shows [secret]. Its zero value holds the zero value of T. It may be
// copied and used by many goroutines at once.
type Secret[T any] struct {
	reveal func() T
}

// NewSecret returns a Secret that holds v. Where v refers to memory, as a slice
// does, that memory is shared.
func NewSecret[T any](v T) Secret[T] { return Secret[T]{hide(v)} }

// Reveal returns the content. It is the only way to it.
func (s Secret[T]) Reveal() T { return open(s.reveal) }

// IsZero reports whether the content is the zero value of T. It lets the option
// omitzero of encoding/json work.
func (s Secret[T]) IsZero() bool { return isZero(s.Reveal()) }

// Equal reports whether both hold the same content. Strings and slices of bytes
// of one length are compared in constant time.
func (s Secret[T]) Equal(other Secret[T]) bool { return equal(s.Reveal(), other.Reveal()) }

// String returns [secret].
func (s Secret[T]) String() string { return secretText }

// GoString returns [secret].
func (s Secret[T]) GoString() string { return secretText }

// Format prints [secret] for every verb of package fmt.
func (s Secret[T]) Format(f fmt.State, _ rune) { io.WriteString(f, secretText) }

// LogValue returns [secret], for log/slog.
func (s Secret[T]) LogValue() slog.Value { return slog.StringValue(secretText) }

// MarshalText returns [secret], for encoding/xml and others.
func (s Secret[T]) MarshalText() ([]byte, error) { return []byte(secretText), nil }

// MarshalJSON returns "[secret]".
func (s Secret[T]) MarshalJSON() ([]byte, error) { return []byte(`"` + secretText + `"`), nil }

// Value returns an error, because a database would store the placeholder. Pass
// what [Secret.Reveal] returns.
func (s Secret[T]) Value() (driver.Value, error) { return nil, errSecretStored }

// UnmarshalText fills the secret: as T's own UnmarshalText reads text, as it is
// where T is a string or a slice of bytes, and else as JSON. The error does not
// hold text.
func (s *Secret[T]) UnmarshalText(text []byte) error {
	v, ok := fromText[T](text, secretText)
	if !ok {
		return errSecretForm
	}
	*s = NewSecret(v)
	return nil
}

// UnmarshalJSON fills the secret as encoding/json fills a T; null changes
// nothing. The error does not hold text.
func (s *Secret[T]) UnmarshalJSON(text []byte) error {
	if isNull(text) {
		return nil
	}
	v, ok := fromJSON[T](text, secretText)
	if !ok {
		return errSecretForm
	}
	*s = NewSecret(v)
	return nil
}
