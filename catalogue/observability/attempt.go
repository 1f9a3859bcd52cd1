package observability

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// attempt is which of how many failed.
type attempt struct{ nth, limit int }

// ofLimit matches 2/5, 2 of 5 and 2 out of 5, not a date, a path or a version.
var ofLimit = regexp.MustCompile(`(?:^|[^\w/.:-])(\d{1,3})(?: ?/ ?| (?:out )?of )(\d{1,3})(?:$|[^\w/:-])`)

// attemptWord matches a word of a key that counts attempts: attempt, retries,
// maxAttempts, retry_count, resend_count, attemptNumber, retriesLeft.
var attemptWord = regexp.MustCompile(`^(?:max|maximum|total|current|number|numberof|num|no|n|nth|this)?(?:of)?(?:attempts?|retry|retries|try|tries|resends?)` +
	`(?:s|of|count|max|limit|number|no|num|nr|total|index|made|left|remaining|allowed)*$`)

// limitWord matches the keys, their words in one, of how many attempts there
// may be.
var limitWord = regexp.MustCompile(`max|limit|total|allowed|left|remaining|of$|attempts$|retries$|tries$`)

// attemptOf returns the attempt and the limit that an entry names: as two fields,
// or as 2/5 in a text.
func attemptOf(e entry) (attempt, bool) {
	limits, others := map[string]int{}, map[string]int{}
	for name, value := range e {
		n, whole := integerOf(value)
		k := keyOf(name)
		switch {
		case !whole || !slices.ContainsFunc(k, attemptWord.MatchString) || notCounting(k):
		case limitWord.MatchString(k.whole()):
			limits[name] = n
		default:
			others[name] = n
		}
	}
	for _, n := range limits {
		for _, nth := range others {
			return attempt{nth, n}, true
		}
	}
	if len(limits) > 1 { // attempts: 2, attempts_max: 5
		counts := slices.Sorted(maps.Values(limits))
		return attempt{counts[0], counts[len(counts)-1]}, true
	}
	return attemptInText(e)
}

// notCounting reports whether a number under a key that speaks of attempts is
// a duration: retry_after, retry_delay_ms.
func notCounting(k key) bool {
	return len(unitsOf(k)) > 0 || strings.Contains(k.whole(), "after") || strings.Contains(k.whole(), "delay") ||
		strings.Contains(k.whole(), "wait") || strings.Contains(k.whole(), "backoff")
}

func attemptInText(e entry) (attempt, bool) {
	for _, name := range slices.Sorted(maps.Keys(e)) {
		text, _ := e[name].(string)
		for _, m := range ofLimit.FindAllStringSubmatch(text, -1) {
			nth, _ := strconv.Atoi(m[1])
			limit, _ := strconv.Atoi(m[2])
			if nth <= limit && limit > 0 {
				return attempt{nth, limit}, true
			}
		}
	}
	return attempt{}, false
}
