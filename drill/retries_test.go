package drill

import (
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/service"
)

func TestRetryWays(t *testing.T) {
	for want, dep := range map[string]service.Dependency{
		"failing retry-after":      {Kind: service.HTTP},
		"failing retry-after left": {Kind: service.HTTP, Attempts: 2},
		"refuse":                   {Kind: service.Postgres, Attempts: 2},
	} {
		var got []string
		var longest time.Duration
		for _, way := range retryWays(dep) {
			got = append(got, way.name)
			longest = max(longest, way.most+way.after+way.leave)
			if !strings.Contains(way.told(), "20") {
				t.Errorf("%s says %q", way.name, way.told())
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%+v: %v, want %s", dep, got, want)
		}
		if longest > 7*time.Second {
			t.Errorf("%+v: a trial may take %s", dep, longest)
		}
	}
}

func TestOutagesCanBeCounted(t *testing.T) {
	for kind, want := range map[service.DependencyKind]string{service.HTTP: "status", service.Redis: "refuse"} {
		if got := outageOf(service.Dependency{Kind: kind}).Shape(); got != want {
			t.Errorf("%s goes down by %s, want %s", kind, got, want)
		}
	}
}

func TestHangingRateFollowsThePeakWithinBounds(t *testing.T) {
	for _, tc := range []struct {
		peaks []string
		want  float64
	}{{nil, 60}, {[]string{""}, 60}, {[]string{"20/s", "50/s"}, 70}, {[]string{"200/s", "50/s"}, 100}} {
		var makers []*load.Maker
		for _, peak := range tc.peaks {
			m, err := load.NewMaker("http://127.0.0.1:1", service.Traffic{Request: "GET /", Peak: peak})
			if err != nil {
				t.Fatal(err)
			}
			makers = append(makers, m)
		}
		if got := hangingRate(makers); got != tc.want {
			t.Errorf("%v: %v, want %v", tc.peaks, got, tc.want)
		}
	}
}

func TestSparesIsWhatDoesNotUse(t *testing.T) {
	tr := service.Traffic{Uses: []string{"a"}}
	if spares("a")(tr) || !spares("b")(tr) {
		t.Error("it is mistaken")
	}
}
