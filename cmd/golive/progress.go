package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/golive-dev/golive/drill"
)

// redrawEvery is how often the bar's clock moves: often enough that a long
// trial does not look like a hang.
const redrawEvery = 200 * time.Millisecond

// progress shows how far a review has come: a bar that is redrawn on a
// terminal, plain lines elsewhere. It is safe for concurrent use.
type progress struct {
	w     io.Writer
	width func() int // columns of the terminal; nil where w is none
	began time.Time
	over  chan struct{}
	ended sync.WaitGroup

	mu          sync.Mutex
	total, done int
	last        string // the trial that ended last
}

func newProgress(w io.Writer) *progress {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return startProgress(w, nil)
	}
	return startProgress(w, func() int {
		width, _, err := term.GetSize(int(file.Fd()))
		if err != nil {
			return 0
		}
		return width
	})
}

// startProgress draws the bar at once and until finish is called.
func startProgress(w io.Writer, width func() int) *progress {
	p := &progress{w: w, width: width, began: time.Now(), over: make(chan struct{})}
	if width == nil {
		return p
	}
	p.redraw()
	p.ended.Go(func() {
		tick := time.NewTicker(redrawEvery)
		defer tick.Stop()
		for {
			select {
			case <-p.over:
				return
			case <-tick.C:
				p.redraw()
			}
		}
	})
	return p
}

// finish removes the bar. Nothing may be said after it.
func (p *progress) finish() {
	close(p.over)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
}

// sayf writes a line, above the bar where there is one.
func (p *progress) sayf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	fmt.Fprintf(p.w, "golive: %s\n", lines(fmt.Sprintf(format, args...)))
	p.draw()
}

func (p *progress) drills() drill.Progress {
	return drill.Progress{Plan: p.plan, Done: p.trialDone}
}

func (p *progress) plan(trials int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total += trials
	p.draw()
}

func (p *progress) trialDone(drill, trial string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.last = drill + " " + trial
	if p.width == nil {
		elapsed := time.Since(p.began).Round(100 * time.Millisecond)
		fmt.Fprintf(p.w, "golive: %d of %d trials after %s: %s\n", p.done, p.total, elapsed, p.last)
	}
	p.draw()
}

func (p *progress) redraw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.draw()
}

// wipe and draw are called with the lock held. Returning the carriage and
// erasing the line is all that they ask of a terminal.
func (p *progress) wipe() {
	if p.width != nil {
		io.WriteString(p.w, "\r\x1b[K")
	}
}

func (p *progress) draw() {
	if p.width != nil {
		io.WriteString(p.w, "\r\x1b[K"+bar(p.done, p.total, time.Since(p.began), p.last, p.width()))
	}
}

const barCells = 24

// bar is the line for done of total trials. Until trials are planned it says
// only how long the preparations take. It leaves the last column free: a
// terminal may wrap a line that fills it.
func bar(done, total int, elapsed time.Duration, last string, width int) string {
	text := fmt.Sprintf("golive: preparing, %s", elapsed.Truncate(time.Second))
	if total > 0 {
		filled := barCells * done / total
		text = fmt.Sprintf("golive: [%s%s] %d of %d trials, %s", strings.Repeat("#", filled),
			strings.Repeat(".", barCells-filled), done, total, elapsed.Truncate(time.Second))
	}
	if last != "" {
		text += ", " + last
	}
	if runes := []rune(text); width > 0 && len(runes) >= width {
		text = string(runes[:width-1])
	}
	return text
}
