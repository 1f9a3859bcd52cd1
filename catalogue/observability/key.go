package observability

import (
	"encoding/json"
	"strconv"
	"strings"
)

// key is the name of a value in an entry, by its words: http.response.status_code
// has four, and statusCode, which is in lower case by now, one.
type key []string

func keyOf(name string) key {
	return strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("._- /", r) })
}

// ending returns the last n words in one, all of them when there are not so many.
func (k key) ending(n int) string { return strings.Join(k[max(0, len(k)-n):], "") }

// whole returns all words in one.
func (k key) whole() string { return strings.Join(k, "") }

// numberOf returns a value that is a number, or a text that is nothing else.
func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case string:
		if v == "" || strings.Trim(v, "0123456789.+-eE") != "" {
			return 0, false
		}
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil
	}
	return 0, false
}

// integerOf returns a value that is a whole number not below 0.
func integerOf(v any) (int, bool) {
	f, ok := numberOf(v)
	if !ok || f < 0 || f > 1<<30 || f != float64(int(f)) {
		return 0, false
	}
	return int(f), true
}
