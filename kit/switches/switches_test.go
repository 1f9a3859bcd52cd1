package switches_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/golive-dev/golive/kit/switches"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a set with a file and a log.
type bench struct {
	t    *testing.T
	path string
	log  bytes.Buffer
	set  *switches.Set
}

// newBench begins with a file of this content; "" means without one.
func newBench(t *testing.T, content string) *bench {
	b := &bench{t: t, path: filepath.Join(t.TempDir(), "switches.json")}
	if content != "" {
		b.write(content)
	}
	b.set = switches.New(switches.Options{File: b.path, Log: slog.New(slog.NewTextHandler(&b.log, nil))})
	return b
}

func (b *bench) write(content string) {
	b.t.Helper()
	if err := os.WriteFile(b.path, []byte(content), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// says writes the file and reads it.
func (b *bench) says(content string) error {
	b.t.Helper()
	b.write(content)
	return b.set.Reload()
}

func (b *bench) want(s *switches.Switch, on bool, when string) {
	b.t.Helper()
	if s.On() != on {
		b.t.Errorf("%s: %s is on: %v, want %v", when, s.Name(), s.On(), on)
	}
}

func (b *bench) flip(s *switches.Switch, on bool) {
	b.t.Helper()
	if err := b.set.Set(s.Name(), on, "ana"); err != nil {
		b.t.Fatal(err)
	}
}

func TestSwitchBeginsAsTheFileSays(t *testing.T) {
	b := newBench(t, `{"search": false, "export": true}`)
	b.want(b.set.Switch("search", "", true), false, "named in the file")
	b.want(b.set.Switch("export", "", false), true, "named in the file")
	b.want(b.set.Switch("mail", "", true), true, "not named")
	b.want(b.set.Switch("beta", "", false), false, "not named")
}

func TestFileFlipsAndReturns(t *testing.T) {
	b := newBench(t, "")
	search := b.set.Switch("search", "", true)
	for _, c := range []struct {
		content string
		on      bool
	}{
		{`{"search": false}`, false},
		{`{"search": true}`, true},
		{`{"search": false, "x": true}`, false},
		{`{}`, true}, // back to the preset
	} {
		if err := b.says(c.content); err != nil {
			t.Error(err)
		}
		b.want(search, c.on, c.content)
	}
}

func TestFlipByHandHoldsUntilTheFileSaysOtherwise(t *testing.T) {
	b := newBench(t, `{"search": true}`)
	search, mail := b.set.Switch("search", "", true), b.set.Switch("mail", "", true)
	b.flip(search, false)
	b.flip(mail, false)
	for _, c := range []struct {
		content      string
		search, mail bool
	}{
		{`{"search": true}`, false, false},                 // nothing new
		{`{"search": true, "export": true}`, false, false}, // new, but about others
		{`{"search": false}`, false, false},
		{`{"search": true}`, true, false},
		{`{"search": true, "mail": true}`, true, true},
	} {
		if err := b.says(c.content); err != nil {
			t.Error(err)
		}
		b.want(search, c.search, c.content)
		b.want(mail, c.mail, c.content)
	}
}

func TestUnusableFileChangesNothing(t *testing.T) {
	b := newBench(t, `{"search": false}`)
	search := b.set.Switch("search", "", true)
	for name, content := range map[string]string{
		"empty":        "",
		"cut":          `{"search": tr`,
		"no object":    `["search"]`,
		"number":       `{"search": 1}`,
		"text":         `{"search": "true"}`,
		"null":         `{"search": null}`,
		"two values":   `{"search": true} {"search": true}`,
		"half of them": `{"search": true, "mail": 0}`,
		"huge":         `{"search": true` + strings.Repeat(" ", 70<<10) + `}`,
	} {
		if err := b.says(content); err == nil || !strings.Contains(err.Error(), b.path) {
			t.Errorf("%s: error %v, want one that names the file", name, err)
		}
		b.want(search, false, name)
	}
	if err := os.Remove(b.path); err != nil {
		t.Fatal(err)
	}
	if err := b.set.Reload(); err == nil {
		t.Error("a file that went away is no error")
	}
	b.want(search, false, "file gone")
	if err := b.says(`{"search": true}`); err != nil {
		t.Error(err)
	}
	b.want(search, true, "file mended")
}

func TestUnusableFileIsLoggedOnce(t *testing.T) {
	b := newBench(t, `{"search": 1}`)
	for range 5 {
		if b.set.Reload() == nil {
			t.Error("no error")
		}
	}
	if n := strings.Count(b.log.String(), "switch.file_unusable"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, &b.log)
	}
}

func TestFlipsAndMisspeltNamesAreLogged(t *testing.T) {
	b := newBench(t, "")
	search := b.set.Switch("search", "", true)
	b.flip(search, false)
	b.flip(search, false) // no flip
	if err := b.says(`{"serach": false}`); err != nil {
		t.Error(err)
	}
	log := b.log.String()
	if strings.Count(log, "switch.flipped") != 1 || !strings.Contains(log, "switch=search on=false by=ana") {
		t.Errorf("want one flip, by ana:\n%s", log)
	}
	if !strings.Contains(log, "switch.unknown") || !strings.Contains(log, "serach") {
		t.Errorf("want the name that no switch has:\n%s", log)
	}
}

func TestWrongNamesAreRefused(t *testing.T) {
	set := switches.New(switches.Options{})
	set.Switch("search", "", true)
	for _, name := range []string{"search", "", "a b", "a/b", ".a", strings.Repeat("a", 65)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("the name %q was taken", name)
				}
			}()
			set.Switch(name, "", true)
		}()
	}
	err := set.Set("serach", false, "ana")
	if err == nil || !strings.Contains(err.Error(), "search") {
		t.Errorf("error %v, want one that tells the names", err)
	}
}

func TestRunReadsTheFileAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "")
		search := b.set.Switch("search", "", true)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { b.set.Run(ctx) })
		b.write(`{"search": false}`)
		time.Sleep(1999 * time.Millisecond)
		b.want(search, true, "before it is read")
		time.Sleep(2 * time.Millisecond)
		b.want(search, false, "after 2 s")
		// As Kubernetes swaps: another file in its place.
		next := b.path + ".next"
		if err := os.WriteFile(next, []byte(`{"search": true}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, b.path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		b.want(search, true, "after a swap")
		cancel()
		running.Wait()
	})
}

func TestRunWithoutFileWaits(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	switches.New(switches.Options{}).Run(ctx)
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	set := switches.New(switches.Options{Registerer: registry})
	set.Switch("mail", "", true)
	set.Switch("search", "", true)
	for _, on := range []bool{false, true, false} {
		if err := set.Set("search", on, "ana"); err != nil {
			t.Fatal(err)
		}
	}
	const want = `
# HELP switch_file_failing Whether the file of switches could not be used at the last try (1).
# TYPE switch_file_failing gauge
switch_file_failing 0
# HELP switch_flips_total How often the switch was flipped since the process began.
# TYPE switch_flips_total counter
switch_flips_total{switch="mail"} 0
switch_flips_total{switch="search"} 3
# HELP switch_on Whether the switch is on (1) or off (0).
# TYPE switch_on gauge
switch_on{switch="mail"} 1
switch_on{switch="search"} 0
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

// The target is at most 10 ns.
func BenchmarkOn(b *testing.B) {
	s := switches.New(switches.Options{}).Switch("search", "", true)
	on := 0
	for b.Loop() {
		if s.On() {
			on++
		}
	}
}
