package observability

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// measure is a duration in an entry. A bare number under a key that does not
// name its unit may be several.
type measure struct {
	key string
	may []time.Duration
}

var timeUnits = []struct {
	names []string
	unit  time.Duration
}{
	{[]string{"nanoseconds", "nanosecond", "nanosec", "nanos", "ns"}, time.Nanosecond},
	{[]string{"microseconds", "microsecond", "micros", "usec", "us", "µs", "μs"}, time.Microsecond},
	{[]string{"milliseconds", "millisecond", "millisec", "millis", "msecs", "msec", "ms"}, time.Millisecond},
	{[]string{"seconds", "second", "secs", "sec", "s"}, time.Second},
	{[]string{"minutes", "minute", "mins", "min", "m"}, time.Minute},
}

func unitOf(name string) time.Duration {
	for _, u := range timeUnits {
		if slices.Contains(u.names, name) {
			return u.unit
		}
	}
	return 0
}

// lasting matches the keys, their words in one, of what takes or may take
// time: duration, elapsed_ms, responseTime, request_time, upstream.timeout.
var lasting = regexp.MustCompile(`duration|elapsed|latency|took|timeout|timedout|deadline|budget|timetaken|timelimit|tracetime|` +
	`(?:response|request|process|processing|total|execution|exec|query|handling|handler|service|serve|render|wall|real|run|call|wait)time`)

// measuresOf returns the durations that an entry holds: numbers under a key
// that tells of one, and texts that say it in whatever key – "812ms", "0.8 s",
// "PT0.8S", "no answer within 800ms" – or, under such a key, as a clock does.
func measuresOf(e entry) []measure {
	var list []measure
	for _, name := range slices.Sorted(maps.Keys(e)) {
		if may := mayLast(name, e[name]); len(may) > 0 {
			list = append(list, measure{name, may})
		}
	}
	return list
}

func mayLast(name string, value any) []time.Duration {
	k := keyOf(name)
	if f, ok := numberOf(value); ok {
		return lastsOf(k, f)
	}
	text, ok := value.(string)
	if !ok {
		return nil
	}
	if d, ok := clock(text); ok && lasting.MatchString(k.whole()) {
		return []time.Duration{d}
	}
	return within(text)
}

// lastsOf returns what a bare number may mean.
func lastsOf(k key, f float64) []time.Duration {
	const most = 24 * time.Hour // what is more is a moment, not a duration
	var may []time.Duration
	for _, unit := range unitsOf(k) {
		if d := f * float64(unit); d >= 0 && d <= float64(most) {
			may = append(may, time.Duration(d))
		}
	}
	return may
}

// unitsOf returns the units in which a number under a key may be, none when
// it does not tell of a duration.
func unitsOf(k key) []time.Duration {
	if len(k) == 0 {
		return nil
	}
	whole, last := k.whole(), k.ending(1)
	if whole == "eventduration" { // ECS
		return []time.Duration{time.Nanosecond}
	}
	if unit := unitOf(last); unit > 0 && (len(k) > 1 || len(last) > 1) && unit < time.Minute {
		return []time.Duration{unit}
	}
	at := lasting.FindStringIndex(whole)
	if at == nil {
		return nil
	}
	if unit := unitOf(strings.TrimPrefix(whole[at[1]:], "in")); unit > 0 {
		return []time.Duration{unit}
	}
	return []time.Duration{time.Nanosecond, time.Microsecond, time.Millisecond, time.Second}
}

var (
	quantity = regexp.MustCompile(`(?i)(?:^|[^\w.:/-])(\d+(?:\.\d+)?) ?(nanoseconds?|nanos|ns|microseconds?|micros|[uµμ]s|milliseconds?|millis|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m)(?:$|[^\w/:-])`)
	goStyle  = regexp.MustCompile(`^\d+[hm](?:\d+m)?\d*(?:\.\d+)?s$`)
	isoStyle = regexp.MustCompile(`^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$`)
	clocked  = regexp.MustCompile(`^(\d+):(\d\d):(\d\d(?:\.\d+)?)$`)
)

// within returns the durations that a text says, with their units.
func within(text string) []time.Duration {
	if d, err := time.ParseDuration(text); err == nil && goStyle.MatchString(text) {
		return []time.Duration{d}
	}
	if m := isoStyle.FindStringSubmatch(text); m != nil && len(text) > len("PT") {
		return []time.Duration{sum(m[1:])}
	}
	var found []time.Duration
	for rest := text; ; {
		at := quantity.FindStringSubmatchIndex(rest)
		if at == nil {
			return found
		}
		f, err := strconv.ParseFloat(rest[at[2]:at[3]], 64)
		if err == nil && f < 1e9 {
			found = append(found, time.Duration(f*float64(unitOf(strings.ToLower(rest[at[4]:at[5]])))))
		}
		rest = rest[at[5]:] // what ended one may begin the next
	}
}

// clock reads 00:00:00.8120000, as .NET writes a TimeSpan.
func clock(text string) (time.Duration, bool) {
	m := clocked.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	return sum(m[1:]), true
}

// sum adds hours, minutes and seconds.
func sum(parts []string) (d time.Duration) {
	for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second} {
		f, err := strconv.ParseFloat(parts[i], 64)
		if err == nil && f < 1e6 {
			d += time.Duration(f * float64(unit))
		}
	}
	return d
}
