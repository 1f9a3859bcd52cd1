package evidence_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/golive-dev/golive/evidence"
)

type labels = map[string]string

func TestSeriesKey(t *testing.T) {
	for _, test := range []struct {
		labels labels
		want   string
	}{
		{nil, "{}"},
		{labels{"code": "200"}, `{code="200"}`},
		{labels{"route": "/orders", "code": "200"}, `{code="200",route="/orders"}`},
		{labels{"a": `1",b="2`}, `{a="1\",b=\"2"}`}, // not the key of two labels
	} {
		if got := (evidence.Series{Labels: test.labels}).Key(); got != test.want {
			t.Errorf("key of %v = %s, want %s", test.labels, got, test.want)
		}
	}
}

func TestFind(t *testing.T) {
	s := &evidence.Scrape{Families: []evidence.Family{
		{Name: "up", Series: []evidence.Series{{Value: 1}}},
		{Name: "hits_total", Series: []evidence.Series{{Labels: labels{"code": "500"}, Value: 7}}},
	}}
	if got := s.Family("hits_total").Find(`{code="500"}`); got == nil || got.Value != 7 {
		t.Errorf("hits_total{code=500} = %+v, want 7", got)
	}
	if got := s.Family("hits_total").Find("{}"); got != nil {
		t.Errorf("a series without labels = %+v, want none", got)
	}
	if s.Family("misses_total") != nil || s.Family("misses_total").Find("{}") != nil {
		t.Error("a family that is not there was found")
	}
	var none *evidence.Scrape
	if none.Family("up") != nil {
		t.Error("no scrape has a family")
	}
}

func TestSize(t *testing.T) {
	edges := []evidence.Bucket{{Le: 0.1}, {Le: 1}}
	s := &evidence.Scrape{Families: []evidence.Family{
		{Type: "counter", Series: make([]evidence.Series, 4)},
		{Type: "histogram", Series: []evidence.Series{{Buckets: edges}, {Buckets: edges}}}, // each 2 + Inf + sum + count
		{Type: "histogram", Series: []evidence.Series{{Native: true}}},
		{Type: "summary", Series: []evidence.Series{{Quantiles: []float64{0.5, 0.99}}}},
	}}
	if got := s.Size(); got != 4+10+1+4 {
		t.Errorf("size = %d, want 19", got)
	}
}

func TestRise(t *testing.T) {
	type S = evidence.Series
	buckets := func(counts ...float64) (b []evidence.Bucket) {
		for i, c := range counts {
			b = append(b, evidence.Bucket{Le: float64(i + 1), Count: c})
		}
		return b
	}
	for _, test := range []struct {
		name, kind    string
		before, after []S
		want          []S
	}{
		{"a counter", "counter", []S{{Value: 10}}, []S{{Value: 15}}, []S{{Value: 5}}},
		{"a counter that stayed", "counter", []S{{Value: 10}}, []S{{Value: 10}}, []S{{}}},
		{"a counter that began anew", "counter", []S{{Value: 10}}, []S{{Value: 3}}, []S{{Value: 3}}},
		{"a new series", "counter", []S{{Labels: labels{"code": "200"}, Value: 4}},
			[]S{{Labels: labels{"code": "200"}, Value: 5}, {Labels: labels{"code": "500"}, Value: 2}},
			[]S{{Labels: labels{"code": "200"}, Value: 1}, {Labels: labels{"code": "500"}, Value: 2}}},
		{"a series that is gone", "counter", []S{{Value: 4}}, nil, []S{}},
		{"a gauge that fell", "gauge", []S{{Value: 10}}, []S{{Value: 3}}, []S{{Value: -7}}},
		{"an untyped one that fell", "untyped", []S{{Value: 10}}, []S{{Value: 3}}, []S{{Value: -7}}},
		{"a histogram", "histogram",
			[]S{{Count: 10, Sum: 4, Buckets: buckets(6, 8)}}, []S{{Count: 15, Sum: 9, Buckets: buckets(6, 11)}},
			[]S{{Count: 5, Sum: 5, Buckets: buckets(0, 3)}}},
		{"a histogram of negative values", "histogram",
			[]S{{Count: 1, Sum: 4, Buckets: buckets(1)}}, []S{{Count: 2, Sum: -9, Buckets: buckets(2)}},
			[]S{{Count: 1, Sum: -13, Buckets: buckets(1)}}},
		{"a histogram that began anew and overtook", "histogram",
			[]S{{Count: 10, Sum: 4, Buckets: buckets(6, 8)}}, []S{{Count: 12, Sum: 9, Buckets: buckets(2, 11)}},
			[]S{{Count: 12, Sum: 9, Buckets: buckets(2, 11)}}},
		{"a histogram with other edges", "histogram",
			[]S{{Count: 10, Sum: 4, Buckets: buckets(6, 8)}}, []S{{Count: 12, Sum: 9, Buckets: buckets(7)}},
			[]S{{Count: 12, Sum: 9, Buckets: buckets(7)}}},
		{"a summary", "summary", []S{{Count: 1, Sum: 1}}, []S{{Count: 4, Sum: 3}}, []S{{Count: 3, Sum: 2}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := &evidence.Scrape{Families: []evidence.Family{{Name: "x", Type: test.kind, Series: test.before}}}
			after := &evidence.Scrape{Families: []evidence.Family{{Name: "x", Type: test.kind, Series: test.after}}}
			got := evidence.Rise(before, after)
			if diff := cmp.Diff([]evidence.Family{{Name: "x", Type: test.kind, Series: test.want}}, got); diff != "" {
				t.Errorf("rise (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRiseFromNothing(t *testing.T) {
	after := &evidence.Scrape{Families: []evidence.Family{{Name: "x", Type: "counter", Series: []evidence.Series{{Value: 3}}}}}
	for _, before := range []*evidence.Scrape{nil, {}} {
		if got := evidence.Rise(before, after); got[0].Series[0].Value != 3 {
			t.Errorf("rise since %v = %+v, want 3", before, got)
		}
	}
}

func TestRiseChangesNoScrape(t *testing.T) {
	hist := func(n float64) *evidence.Scrape {
		return &evidence.Scrape{Families: []evidence.Family{{Name: "x", Type: "histogram",
			Series: []evidence.Series{{Count: n, Buckets: []evidence.Bucket{{Le: 1, Count: n}}}}}}}
	}
	before, after := hist(4), hist(9)
	evidence.Rise(before, after)
	if diff := cmp.Diff(hist(4), before) + cmp.Diff(hist(9), after); diff != "" {
		t.Errorf("a scrape was changed:\n%s", diff)
	}
}

func TestFinite(t *testing.T) {
	for in, want := range map[float64]float64{
		1.5: 1.5, -3: -3, math.NaN(): 0, math.Inf(1): math.MaxFloat64, math.Inf(-1): -math.MaxFloat64,
	} {
		if got := evidence.Finite(in); got != want {
			t.Errorf("finite %g = %g, want %g", in, got, want)
		}
	}
}

func TestMerge(t *testing.T) {
	got := evidence.Merge([]evidence.Series{
		{Labels: labels{"code": "200"}, Count: 10, Sum: 2, Buckets: []evidence.Bucket{{Le: 0.1, Count: 4}, {Le: 0.5, Count: 6}, {Le: 1, Count: 9}}},
		{Labels: labels{"code": "500"}, Count: 3, Sum: 1, Buckets: []evidence.Bucket{{Le: 0.1, Count: 1}, {Le: 1, Count: 2}, {Le: 2, Count: 3}}},
	})
	want := evidence.Series{Count: 13, Sum: 3, Buckets: []evidence.Bucket{{Le: 0.1, Count: 5}, {Le: 1, Count: 11}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(evidence.Series{}, evidence.Merge(nil)); diff != "" {
		t.Errorf("nothing merged:\n%s", diff)
	}
}

func TestInterval(t *testing.T) {
	h := evidence.Series{Count: 100, Buckets: []evidence.Bucket{
		{Le: 0.1, Count: 50}, {Le: 0.25, Count: 50}, {Le: 0.5, Count: 94}, {Le: 1, Count: 98},
	}}
	inf := math.Inf(1)
	for _, test := range []struct{ q, lower, upper float64 }{
		{0, 0, 0.1},
		{0.5, 0, 0.1},
		{0.51, 0.25, 0.5}, // the empty bucket holds no quantile
		{0.94, 0.25, 0.5},
		{0.95, 0.5, 1},
		{0.98, 0.5, 1},
		{0.99, 1, inf},
		{1, 1, inf},
	} {
		lower, upper, ok := h.Interval(test.q)
		if !ok || lower != test.lower || upper != test.upper {
			t.Errorf("q %g lies in (%g, %g] %t, want (%g, %g]", test.q, lower, upper, ok, test.lower, test.upper)
		}
	}
}

func TestIntervalOfARankThatIsNoBinaryFraction(t *testing.T) {
	h := evidence.Series{Count: 100, Buckets: []evidence.Bucket{{Le: 1, Count: 7}, {Le: 2, Count: 100}}}
	if _, upper, _ := h.Interval(0.07); upper != 1 { // 0.07 × 100 is 7.000000000000001 in floating point
		t.Errorf("q 0.07 of 100 lies up to %g, want 1", upper)
	}
}

func TestIntervalAtTheEnds(t *testing.T) {
	signed := evidence.Series{Count: 1, Buckets: []evidence.Bucket{{Le: -5, Count: 1}}}
	if lower, upper, ok := signed.Interval(0.5); !ok || !math.IsInf(lower, -1) || upper != -5 {
		t.Errorf("below a negative edge: (%g, %g] %t, want (-Inf, -5]", lower, upper, ok)
	}
	for name, s := range map[string]evidence.Series{
		"no observation": {Buckets: []evidence.Bucket{{Le: 1}}},
		"no bucket":      {Count: 3},
		"native":         {Count: 3, Native: true},
	} {
		if _, _, ok := s.Interval(0.5); ok {
			t.Errorf("%s: a quantile was found", name)
		}
	}
}
