package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/golive-dev/golive/drill"
)

// progress shows how far a review has come: a bar on a terminal, plain lines
// elsewhere. It is safe for concurrent use.
type progress struct {
	w     io.Writer
	began time.Time

	mu    sync.Mutex
	total int
	done  int
	bar   *progressbar.ProgressBar // nil where w is no terminal
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, began: time.Now()}
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.bar = progressbar.NewOptions(0,
			progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("golive: drills"),
			progressbar.OptionShowCount(), progressbar.OptionSetElapsedTime(true),
			progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
	}
	return p
}

// sayf writes a line, above the bar where there is one.
func (p *progress) sayf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Clear()
	}
	fmt.Fprintf(p.w, "golive: %s\n", lines(fmt.Sprintf(format, args...)))
}

func (p *progress) drills() drill.Progress {
	return drill.Progress{Plan: p.plan, Done: p.trialDone}
}

func (p *progress) plan(trials int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total += trials
	if p.bar != nil {
		p.bar.ChangeMax(p.total)
	}
}

func (p *progress) trialDone(drill, trial string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if p.bar != nil {
		p.bar.Describe("golive: " + drill)
		p.bar.Add(1)
		return
	}
	fmt.Fprintf(p.w, "golive: %d of %d trials after %s: %s %s\n", p.done, p.total, time.Since(p.began).Round(100*time.Millisecond), drill, trial)
}

func (p *progress) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Finish()
	}
}
