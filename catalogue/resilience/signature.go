package resilience

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// signature is an answer taken apart: each header and each value of its JSON
// body under a path. A body that is no JSON is one value.
type signature map[string]string

// volatileHeaders say nothing about what an answer is.
var volatileHeaders = []string{"date", "content-length", "connection", "keep-alive", "etag", "last-modified", "age", "traceparent"}

func signatureOf(r *evidence.Request) signature {
	s := signature{}
	for name, value := range r.Header {
		if !slices.Contains(volatileHeaders, name) {
			s["header "+name] = value
		}
	}
	var body any
	if json.Unmarshal([]byte(r.Body), &body) != nil {
		s["body"] = r.Body
		return s
	}
	s.flatten("body", body)
	return s
}

func (s signature) flatten(path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			s.flatten(path+"."+key, child)
		}
	case []any:
		// The length of a list is data, not a part of the answer's form.
		if len(v) > 0 {
			s.flatten(path+"[]", v[0])
		}
	default:
		s[path] = fmt.Sprint(v)
		if isTime(v) {
			s[path] = "a time" // answers of one moment may share it, and be whole without it
		}
	}
}

// isTime recognises RFC 3339 and numbers of seconds, milli-, micro- or
// nanoseconds since 1970 that lie in this century.
func isTime(value any) bool {
	switch v := value.(type) {
	case string:
		_, err := time.Parse(time.RFC3339Nano, v)
		return err == nil
	case float64:
		const from, to = 946_684_800, 4_102_444_800 // 2000 and 2100, in seconds
		for _, unit := range []float64{1, 1e3, 1e6, 1e9} {
			if v >= from*unit && v < to*unit {
				return true
			}
		}
	}
	return false
}

// form is what whole answers have in common: paths with one value in all of
// them, and paths whose value varies.
type form map[string]struct {
	value  string
	varies bool
}

func common(whole []signature) form {
	f := form{}
	for i, s := range whole {
		for path, value := range s {
			old, known := f[path]
			switch {
			case !known:
				old.value, old.varies = value, i > 0
			case old.value != value:
				old.varies = true
			}
			f[path] = old
		}
		for path, old := range f {
			if _, has := s[path]; !has {
				old.varies = true
				f[path] = old
			}
		}
	}
	return f
}

// matches reports whether an answer could be one of the whole ones.
func (f form) matches(s signature) bool {
	for path, value := range s {
		if old, known := f[path]; !known || !old.varies && old.value != value {
			return false
		}
	}
	for path, old := range f {
		if _, has := s[path]; !has && !old.varies {
			return false
		}
	}
	return true
}
