package resilience

import (
	"fmt"
	"strings"

	"github.com/golive-dev/golive/evidence"
)

// kept is how much of a body a recording keeps, in bytes.
const kept = 2 << 10

// unflagged says why a degraded answer cannot be told from a whole one, ""
// when it can: by the declared flag or else by any difference from the whole
// answers that is not a difference among those.
func (b broken) unflagged(r *evidence.Request) (string, error) {
	whole := named(b.before, r.Name)
	if len(whole) == 0 {
		return "", fmt.Errorf("%s: no whole answer of %s was seen to hold the degraded ones against", b.where, r.Name)
	}
	flag := b.dep.Without.Flag
	if flag == "" {
		return b.looksWhole(r, whole), nil
	}
	for _, w := range whole {
		if holds(w, flag) {
			return fmt.Sprintf("got %d, and the flag %s stands in whole answers too", r.Status, flag), nil
		}
	}
	switch {
	case holds(r, flag):
		return "", nil
	case len(r.Body) >= kept:
		return "", fmt.Errorf("%s: the flag %s is not in the first 2 KiB of %s's answer, and the rest was not kept; put it into a header", b.where, flag, r.Name)
	}
	return fmt.Sprintf("got %d, and neither a header nor the body has the flag %s", r.Status, flag), nil
}

// named returns the requests of one traffic.
func named(list []*evidence.Request, name string) []*evidence.Request {
	var same []*evidence.Request
	for _, r := range list {
		if r.Name == name {
			same = append(same, r)
		}
	}
	return same
}

func (b broken) looksWhole(r *evidence.Request, whole []*evidence.Request) string {
	list := make([]signature, len(whole))
	for i, w := range whole {
		list[i] = signatureOf(w)
	}
	if common(list).matches(signatureOf(r)) {
		return fmt.Sprintf("got %d, and nothing in the answer says that it is degraded", r.Status)
	}
	return ""
}

// holds reports whether an answer has the text in its body, or in a header,
// where case does not matter.
func holds(r *evidence.Request, text string) bool {
	if strings.Contains(r.Body, text) {
		return true
	}
	for name, value := range r.Header {
		if strings.Contains(strings.ToLower(name+": "+value), strings.ToLower(text)) {
			return true
		}
	}
	return false
}
