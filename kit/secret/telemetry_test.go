package secret

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/kit/log"
)

// TestAFailureIsLoggedOnce holds that a night of failures is one line, and that
// no line holds content.
func TestAFailureIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines bytes.Buffer
		s := &store{text: "hunter2"}
		v := watch(t, s, Options{Every: time.Second, Log: slog.New(slog.NewTextHandler(&lines, nil))})
		for _, c := range []struct {
			text  string
			err   error
			lasts time.Duration
		}{
			{"", errDown, time.Hour}, {"", nil, time.Minute}, {"hunter3", nil, time.Minute}, {"", errDown, time.Minute},
		} {
			s.set(c.text, c.err)
			time.Sleep(c.lasts)
		}
		v.Close()
		var events []string
		for line := range strings.Lines(lines.String()) {
			_, event, _ := strings.Cut(line, "msg=")
			events = append(events, strings.TrimSpace(event))
		}
		want := []string{
			`secret.refresh_failed secret=store error="the store is down"`,
			`secret.refresh_failed secret=store error="is empty; it may be in the middle of being written"`,
			`secret.refresh_recovered secret=store`,
			`secret.changed secret=store`,
			`secret.refresh_failed secret=store error="the store is down"`,
		}
		if got := strings.Join(events, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("logged:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
		}
	})
}

// values returns the metrics by name.
func values(t *testing.T, g prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += fmt.Sprintf("{%s=%s}", l.GetName(), l.GetValue())
			}
			all[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return all
}

func TestMetricsTellAgeAndFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := prometheus.NewRegistry()
		s := &store{text: "one"}
		v := watch(t, s, Options{Every: 10 * time.Second, Registerer: r})
		start := float64(time.Now().Unix())
		expect := func(read, change, failures float64) {
			t.Helper()
			synctest.Wait()
			got := values(t, r)
			for name, want := range map[string]float64{
				"secret_last_read_timestamp_seconds{secret=store}":   start + read,
				"secret_last_change_timestamp_seconds{secret=store}": start + change,
				"secret_refresh_failures_total{secret=store}":        failures,
			} {
				if got[name] != want {
					t.Errorf("%s is %v, want %v", name, got[name], want)
				}
			}
		}
		expect(0, 0, 0)
		time.Sleep(10 * time.Second)
		expect(10, 0, 0)
		s.set("two", nil)
		time.Sleep(10 * time.Second)
		expect(20, 20, 0)
		s.set("", errDown)
		time.Sleep(20 * time.Second)
		expect(20, 20, 2)
		v.Close()
		if left := values(t, r); len(left) > 0 {
			t.Errorf("after Close there is %v", left)
		}
	})
}

func TestMetricsFollowTheGivenClock(t *testing.T) {
	r := prometheus.NewRegistry()
	watch(t, &store{text: "one"}, Options{Registerer: r, Now: func() time.Time { return time.UnixMilli(1500) }})
	if got := values(t, r)["secret_last_read_timestamp_seconds{secret=store}"]; got != 1.5 {
		t.Errorf("the last read was at %v, want 1.5", got)
	}
}

// TestOneRegistryTakesManySecrets and refuses one that is watched twice, without
// harm to the first.
func TestOneRegistryTakesManySecrets(t *testing.T) {
	r := prometheus.NewRegistry()
	s := &store{text: "one"}
	watch(t, s, Options{Registerer: r})
	watch(t, Func("other", s.Read), Options{Registerer: r})
	if got := values(t, r); len(got) != 6 {
		t.Errorf("two secrets have the metrics %v", got)
	}
	if _, err := Watch(t.Context(), s, Options{Registerer: r}); err == nil || !strings.Contains(err.Error(), "store") {
		t.Errorf("got %v, want an error that names the source", err)
	}
	if got := values(t, r); len(got) != 6 {
		t.Errorf("after the error there are %v", got)
	}
}

// A value that is printed tells its name, in a log line too.
func TestAValueIsPrintedByName(t *testing.T) {
	s := &store{text: "hunter2"}
	v, err := Watch(t.Context(), s, Options{Every: time.Hour, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	var out strings.Builder
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "password", v)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "password", v)
	log.New(&out, log.Options{}).Info("x", "password", v)
	fmt.Fprintf(&out, "%v %+v %s %#v", v, v, v, v)
	text := out.String()
	for _, want := range []string{`"password":"store"`, "password=store", "store store store"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing: %s", want, text)
		}
	}
	if strings.Count(text, `"password":"store"`) != 2 || strings.Contains(text, "hunter2") {
		t.Error(text)
	}
}
