package main

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// screen is a writer that several goroutines may use.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// shown is what a terminal shows of text, line by line: what follows a
// return of the carriage replaces what stood before it.
func shown(text string) []string {
	rows := strings.Split(text, "\n")
	for i, row := range rows {
		rows[i] = row[strings.LastIndex(row, "\x1b[K")+len("\x1b[K"):]
	}
	return rows
}

func wide() int { return 80 }

func TestProgressIsPlainLinesWhereThereIsNoTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		p := newProgress(&s)
		p.sayf("runs: %s", "bin/orders\n--port 1")
		p.plan(3)
		time.Sleep(1500 * time.Millisecond)
		p.trialDone("hang", "payments/silence")
		p.finish()
		want := "golive: runs: bin/orders\ngolive: --port 1\n" +
			"golive: 1 of 3 trials after 1.5s: hang payments/silence\n"
		if s.String() != want {
			t.Errorf("got\n%s\nwant\n%s", s.String(), want)
		}
	})
}

func TestTheBarIsThereFromTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		p := startProgress(&s, wide)
		defer p.finish()
		if got := shown(s.String()); got[0] != "golive: preparing, 0s" {
			t.Errorf("it begins with %q", got)
		}
		time.Sleep(3*time.Second + redrawEvery)
		synctest.Wait()
		if got := shown(s.String()); got[0] != "golive: preparing, 3s" {
			t.Errorf("after 3 s of preparations it shows %q", got)
		}
	})
}

func TestTheBarStaysBelowWhatIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		p := startProgress(&s, wide)
		p.plan(4)
		p.sayf("building: go build")
		p.trialDone("stop", "control")
		got := shown(s.String())
		want := []string{"golive: building: go build", "golive: [######..................] 1 of 4 trials, 0s, stop control"}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("it shows\n%q\nwant\n%q", got, want)
		}
		p.finish()
		if got := shown(s.String()); got[1] != "" {
			t.Errorf("after the end the bar is still there: %q", got)
		}
	})
}

func TestTheBarNeverWraps(t *testing.T) {
	for width := range 60 {
		line := bar(17, 34, 83*time.Second, "hang payments/header-drip", width)
		if width > 0 && len(line) > width-1 {
			t.Errorf("in %d columns it has %d", width, len(line))
		}
	}
	full := regexp.MustCompile(`^golive: \[#{12}\.{12}\] 17 of 34 trials, 1m23s, hang payments/header-drip$`)
	for _, width := range []int{0, 200} {
		if line := bar(17, 34, 83*time.Second, "hang payments/header-drip", width); !full.MatchString(line) {
			t.Errorf("in %d columns it is %q", width, line)
		}
	}
}

func TestProgressTakesCallsFromManyTrials(t *testing.T) {
	var s screen
	p := startProgress(&s, wide)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			p.plan(10)
			for range 10 {
				p.sayf("x")
				p.trialDone("hang", "a/silence")
			}
		})
	}
	all.Wait()
	if got := shown(s.String()); !strings.Contains(got[len(got)-1], "80 of 80 trials") {
		t.Errorf("it ends with %q", got[len(got)-1])
	}
	p.finish()
}
