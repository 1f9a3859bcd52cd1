package kittest

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// Logs keeps the lines that code under test logs. Give the code its Logger,
// or let a logger with a format of its own write to the Logs, which is an
// [io.Writer] of lines of JSON.
type Logs struct {
	// Logger writes every level, debug included, as JSON.
	*slog.Logger

	t       testing.TB
	mu      sync.Mutex
	partial []byte // the beginning of a line
	lines   []Line
	never   []string
	changed chan struct{} // closed and renewed when a line has come
}

// NewLogs returns an empty [Logs]. When the test fails, the last 100 lines
// are shown with it.
func NewLogs(t testing.TB) *Logs {
	l := &Logs{t: t, changed: make(chan struct{})}
	l.Logger = slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))
	t.Cleanup(l.end)
	return l
}

// Write takes lines, whole or in pieces. It never fails.
func (l *Logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, p...)
	for {
		raw, rest, whole := bytes.Cut(l.partial, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		l.lines = append(l.lines, parseLine(string(raw)))
		l.partial = bytes.Clone(rest)
		close(l.changed)
		l.changed = make(chan struct{})
	}
}

// Lines returns all lines so far.
func (l *Logs) Lines() []Line {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Line(nil), l.lines...)
}

// Find returns the lines of an event that hold all fields, given as keys and
// values by turns. A key reaches into groups with dots, as "http.status"; a
// value is compared as JSON shows it, or is a func(any) bool that says
// whether it fits.
func (l *Logs) Find(event string, fields ...any) []Line {
	l.t.Helper()
	want := l.wanted(fields)
	var found []Line
	for _, line := range l.Lines() {
		if line.Event() == event && line.holds(want) {
			found = append(found, line)
		}
	}
	return found
}

// MustHave returns the first line that [Logs.Find] finds, and ends the test
// when there is none.
func (l *Logs) MustHave(event string, fields ...any) Line {
	l.t.Helper()
	found := l.Find(event, fields...)
	if len(found) == 0 {
		l.t.Fatalf("kittest: no line has event %q%s; logged was\n%s", event, listed(fields), l.last(20))
	}
	return found[0]
}

// Await waits for the line that [Logs.MustHave] would return. It ends the
// test after 30 s.
func (l *Logs) Await(event string, fields ...any) Line {
	l.t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		if found := l.Find(event, fields...); len(found) > 0 {
			return found[0]
		}
		select {
		case <-changed:
		case <-timeout.C:
			return l.MustHave(event, fields...)
		}
	}
}

// Never fails the test when any line holds text, until the test ends: lines
// that came before and lines that come after. It is for what must not be
// logged, such as a password that the test made up.
func (l *Logs) Never(text string) {
	l.t.Helper()
	if text == "" {
		l.t.Fatalf("kittest: Never(\"\"): every line holds the empty text")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.never = append(l.never, text)
}

// end judges what must never come, and shows the lines of a failed test.
func (l *Logs) end() {
	lines := l.Lines()
	for _, text := range l.never {
		for _, line := range lines {
			if strings.Contains(line.Text, text) {
				l.t.Errorf("kittest: %q was logged: %s", text, line.Text)
				break
			}
		}
	}
	if strings.TrimSpace(string(l.partial)) != "" {
		l.t.Errorf("kittest: the last line of the log has no end: %s", l.partial)
	}
	if l.t.Failed() && len(lines) > 0 {
		l.t.Logf("logged was\n%s", l.last(100))
	}
}

// last returns the text of the last n lines.
func (l *Logs) last(n int) string {
	lines := l.Lines()
	var text strings.Builder
	for _, line := range lines[max(0, len(lines)-n):] {
		text.WriteString("\t" + line.Text + "\n")
	}
	if text.Len() == 0 {
		return "\tnothing"
	}
	return text.String()
}

// parseLine keeps the text of a line that is no JSON object.
func parseLine(text string) Line {
	line := Line{Text: text}
	json.Unmarshal([]byte(text), &line.Fields)
	return line
}
