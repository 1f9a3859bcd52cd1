package service

import (
	"encoding"
	"fmt"
	"time"
)

// Duration is a [time.Duration] that is written as Go writes one, "800ms",
// in golive.yaml, in evidence and in reports alike.
type Duration time.Duration

var (
	_ encoding.TextMarshaler   = Duration(0)
	_ encoding.TextUnmarshaler = (*Duration)(nil)
)

// D returns d as the standard library's type.
func (d Duration) D() time.Duration { return time.Duration(d) }

// String formats d as [time.Duration] does.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText writes d as [time.Duration.String] does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [time.ParseDuration] reads, and "30d" for days.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// ParseDuration reads a duration as [time.ParseDuration] does and, for
// windows of objectives, whole days as in "30d". A negative one is an error.
func ParseDuration(s string) (Duration, error) {
	var days int
	var unit string
	if n, err := fmt.Sscanf(s, "%d%s", &days, &unit); err == nil && n == 2 && unit == "d" && days >= 0 && days < 100_000 {
		return Duration(time.Duration(days) * 24 * time.Hour), nil
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%q is no duration; expected one like 800ms, 20s, 5m or 30d", s)
	}
	if v < 0 {
		return 0, fmt.Errorf("%q is negative; expected at least 0", s)
	}
	return Duration(v), nil
}
