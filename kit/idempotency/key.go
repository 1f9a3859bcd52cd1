package idempotency

import (
	"net/http"
	"strings"

	"github.com/golive-dev/golive/kit/problem"
)

// Header is the request header that carries the key.
const Header = "Idempotency-Key"

// Replayed is the header of an answer that was given before. Its value is
// "true".
const Replayed = "Idempotency-Replayed"

// mostKey is the longest key in bytes, as with Stripe; a UUID has 36.
const mostKey = 255

// keyOf returns the key of a request, "" if it has none. The draft wants a
// string of RFC 8941, in quotes; most callers leave them out.
func keyOf(h http.Header) (string, error) {
	values := h.Values(Header)
	if len(values) == 0 {
		return "", nil
	}
	key, ok := strings.TrimSpace(values[0]), len(values) == 1
	if strings.HasPrefix(key, `"`) {
		key, ok = unquote(key)
	}
	if !ok || len(values) > 1 || key == "" || len(key) > mostKey || strings.ContainsFunc(key, unprintable) {
		return "", refusal(http.StatusBadRequest, "Idempotency-Key is malformed",
			"send one Idempotency-Key of 1 to 255 printable ASCII characters, such as a UUID")
	}
	return key, nil
}

func unprintable(r rune) bool { return r < ' ' || r > '~' }

// unquote reads a string of RFC 8941, section 4.2.5.
func unquote(s string) (string, bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			return b.String(), i == len(s)-1
		case '\\':
			i++
			if i == len(s) || s[i] != '"' && s[i] != '\\' {
				return "", false
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// refusal is a problem with one of the titles that the draft suggests.
func refusal(status int, title, detail string) *problem.Problem {
	p := problem.New(status, detail)
	p.Title = title
	return p
}
