package idempotency

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Options say how requests with an idempotency key are dealt with. The zero
// value is ready for use.
type Options struct {
	// Keep is how long an answer can be had again. 0 means 24 h, as with Stripe:
	// longer than callers go on trying.
	Keep time.Duration
	// Lease is how long a request may take. Its context ends then, and if the
	// process crashes, the request can be tried again after that time. 0 means
	// 1 min, six times kit/inbound's timeout.
	Lease time.Duration
	// Required refuses requests without a key with 400.
	Required bool
	// Methods are those that keys are for. nil means POST and PATCH, the unsafe
	// ones that are not idempotent by themselves.
	Methods []string
	// Scope returns whose key it is: the same key of two callers is two keys.
	// nil means by credentials: the Authorization and Cookie headers and the
	// verified client certificate. That lets nobody see another's answer, but a
	// retry with a renewed token counts as new. So return the account's id if
	// you know it.
	Scope func(*http.Request) string
	// MaxBody is the largest body of a request in bytes; it is read before the
	// handler runs. 0 means 1 MiB.
	MaxBody int64
	// MaxAnswer is the largest body of an answer in bytes that is kept. Larger
	// ones reach the caller whole, once; a repetition is refused with 409. 0
	// means 256 KiB.
	MaxAnswer int
	// Log is told when the store fails. nil means [slog.Default].
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Keep <= 0 {
		o.Keep = 24 * time.Hour
	}
	if o.Lease <= 0 {
		o.Lease = time.Minute
	}
	if o.Methods == nil {
		o.Methods = []string{http.MethodPost, http.MethodPatch}
	}
	if o.Scope == nil {
		o.Scope = credentials
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 1 << 20
	}
	if o.MaxAnswer <= 0 {
		o.MaxAnswer = 256 << 10
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

func (o Options) covers(method string) bool { return slices.Contains(o.Methods, method) }

// credentials is the default scope.
func credentials(r *http.Request) string {
	parts := []string{r.Header.Get("Authorization"), strings.Join(r.Header.Values("Cookie"), "; ")}
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		leaf := r.TLS.VerifiedChains[0][0]
		parts = append(parts, leaf.Subject.String())
		for _, uri := range leaf.URIs { // SPIFFE
			parts = append(parts, uri.String())
		}
	}
	return digest(parts...)
}

// digest hashes parts so that moving a byte from one to the next shows.
func digest(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}
