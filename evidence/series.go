package evidence

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Family returns the scrape's family called name, or nil.
func (s *Scrape) Family(name string) *Family {
	if s == nil {
		return nil
	}
	for i := range s.Families {
		if s.Families[i].Name == name {
			return &s.Families[i]
		}
	}
	return nil
}

// Size is the number of time series that a Prometheus server would store for
// the scrape: a histogram is one per bucket (the one at +Inf too), one for the
// sum and one for the count; a summary one per quantile and those two.
func (s *Scrape) Size() int {
	n := 0
	for _, f := range s.Families {
		for _, one := range f.Series {
			n += one.size(f.Type)
		}
	}
	return n
}

func (s Series) size(kind string) int {
	switch {
	case s.Native && len(s.Buckets) == 0:
		return 1
	case kind == "histogram":
		return len(s.Buckets) + 3
	case kind == "summary":
		return len(s.Quantiles) + 2
	}
	return 1
}

// Key identifies the series within its family: its labels by name, as in
// {code="200",route="/orders"}.
func (s Series) Key() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(s.Labels)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(name)
		b.WriteByte('=')
		b.WriteString(strconv.Quote(s.Labels[name]))
	}
	b.WriteByte('}')
	return b.String()
}

// Find returns the series with the given [Series.Key], or nil.
func (f *Family) Find(key string) *Series {
	if f == nil {
		return nil
	}
	for i := range f.Series {
		if f.Series[i].Key() == key {
			return &f.Series[i]
		}
	}
	return nil
}

// Rise returns by how much each family of after rose since before, which may
// be nil. A series that is new rose from 0; one that is gone is left out. Where
// a counter, histogram or summary fell, its process began anew: it rose from 0.
// Gauges and untyped series are plainly subtracted and may have fallen.
func Rise(before, after *Scrape) []Family {
	var rises []Family
	for _, f := range after.Families {
		rises = append(rises, f.Since(before.Family(f.Name)))
	}
	return rises
}

// Since returns by how much each series of f rose since before, which may be
// nil, by the rules of [Rise]. f is not changed.
func (f Family) Since(before *Family) Family {
	old := map[string]Series{}
	if before != nil {
		for _, s := range before.Series {
			old[s.Key()] = s
		}
	}
	monotone := f.Type == "counter" || f.Type == "histogram" || f.Type == "summary"
	rise := f
	rise.Series = make([]Series, 0, len(f.Series))
	for _, s := range f.Series {
		if was, ok := old[s.Key()]; ok && !(monotone && s.fellSince(was)) {
			s = s.minus(was)
		}
		rise.Series = append(rise.Series, s)
	}
	return rise
}

// fellSince reports whether any count of s is below what it was, or its
// buckets are others: then it does not continue was. The sum is no sign, for
// observations may be negative.
func (s Series) fellSince(was Series) bool {
	if s.Value < was.Value || s.Count < was.Count || len(s.Buckets) != len(was.Buckets) {
		return true
	}
	for i, b := range s.Buckets {
		if b.Le != was.Buckets[i].Le || b.Count < was.Buckets[i].Count {
			return true
		}
	}
	return false
}

func (s Series) minus(was Series) Series {
	s.Value -= was.Value
	s.Count -= was.Count
	s.Sum -= was.Sum
	s.Buckets = slices.Clone(s.Buckets)
	for i := range s.Buckets {
		if i < len(was.Buckets) {
			s.Buckets[i].Count -= was.Buckets[i].Count
		}
	}
	return s
}

// Finite replaces what JSON, and so evidence, cannot hold: the infinities by
// the greatest numbers, and NaN, the value of a metric that has none, by 0.
func Finite(v float64) float64 {
	switch {
	case math.IsNaN(v):
		return 0
	case math.IsInf(v, 0):
		return math.Copysign(math.MaxFloat64, v)
	}
	return v
}

// Merge returns the sum of all series, without labels. Of buckets it keeps the
// edges that all series have: at those, and only there, the sum is true.
func Merge(all []Series) Series {
	var sum Series
	for i, s := range all {
		sum.Value += s.Value
		sum.Count += s.Count
		sum.Sum += s.Sum
		sum.Native = sum.Native || s.Native
		if i == 0 {
			sum.Buckets = slices.Clone(s.Buckets)
			continue
		}
		sum.Buckets = mergeBuckets(sum.Buckets, s.Buckets)
	}
	return sum
}

// mergeBuckets adds b to a at the edges that both have. Both ascend.
func mergeBuckets(a, b []Bucket) []Bucket {
	var sum []Bucket
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].Le < b[j].Le:
			i++
		case a[i].Le > b[j].Le:
			j++
		default:
			sum = append(sum, Bucket{a[i].Le, a[i].Count + b[j].Count})
			i, j = i+1, j+1
		}
	}
	return sum
}

// rounding is more than what a product such as 0.07 × 100 is off by and less
// than any observation.
const rounding = 1e-9

// Interval returns the edges of the bucket of a histogram in which its
// quantile q (0 to 1) lies: lower < quantile ≤ upper. The quantile is that of
// [math.Ceil](q × Count), the nearest rank. Below the first edge lower is 0,
// or -Inf when that edge is not above 0; above the last one upper is +Inf. ok
// is false without observations or buckets.
func (s Series) Interval(q float64) (lower, upper float64, ok bool) {
	if s.Count <= 0 || len(s.Buckets) == 0 {
		return 0, 0, false
	}
	rank := max(1, math.Ceil(q*s.Count-rounding))
	if s.Buckets[0].Le <= 0 {
		lower = math.Inf(-1)
	}
	for _, b := range s.Buckets {
		if b.Count >= rank {
			return lower, b.Le, true
		}
		lower = b.Le
	}
	return lower, math.Inf(1), true
}
