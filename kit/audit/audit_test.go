package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

var refund = Entry{Subject: "clerk-7", Action: "order.refunded", Object: "order/A-1", Result: "granted"}

// recorded records n entries that differ.
func recorded(t *testing.T, l *Log, n int) {
	t.Helper()
	for i := range n {
		e := refund
		e.Object = fmt.Sprintf("order/%d", i)
		if err := l.Record(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
}

// broken returns the line that Verify names, 0 when the log holds.
func broken(t *testing.T, text []byte, kept ...Head) int {
	t.Helper()
	err := Verify(bytes.NewReader(text), kept...)
	if b := (*Broken)(nil); errors.As(err, &b) {
		return b.Line
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

func opened(t *testing.T, path string, o Options) *Log {
	t.Helper()
	l, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAnEntryIsOneLine(t *testing.T) {
	var out bytes.Buffer
	l := New(&out, Options{Service: "orders", Now: noon})
	ctx, cancel := context.WithCancel(trace.ContextWithSpanContext(context.Background(), trace.NewSpanContext(
		trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})))
	cancel() // the caller has left; what was done was done
	e := refund
	e.Attrs = []slog.Attr{slog.Int("cents", 1200), slog.Group("address", "ip", "192.0.2.1"), slog.String("sequence", "mine")}
	if err := l.Record(ctx, e); err != nil {
		t.Fatal(err)
	}
	want := `{"timestamp":"2026-03-01T12:00:00.000000000Z","level":"info","service":"orders",` +
		`"trace_id":"01000000000000000000000000000000","span_id":"0200000000000000","event":"audit.recorded","sequence":1,` +
		`"subject":"clerk-7","action":"order.refunded","object":"order/A-1","result":"granted",` +
		`"previous":"` + start.Hash + `","attributes":{"cents":1200,"address":{"ip":"192.0.2.1"},"sequence":"mine"},"seal":"`
	if got := out.String(); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 || !json.Valid(out.Bytes()) {
		t.Errorf("got  %s\nwant %s…", got, want)
	}
	if broken(t, out.Bytes()) != 0 {
		t.Error("it does not hold")
	}
}

func TestWhatSaysNothingIsRefused(t *testing.T) {
	var out bytes.Buffer
	l := New(&out, Options{})
	for name, change := range map[string]func(*Entry){
		"Subject": func(e *Entry) { e.Subject = "" },
		"Action":  func(e *Entry) { e.Action = "" },
		"Object":  func(e *Entry) { e.Object = "" },
		"1024":    func(e *Entry) { e.Result = strings.Repeat("x", 1025) },
		"record less": func(e *Entry) {
			e.Attrs = []slog.Attr{pad(16 << 10), pad(8000), pad(16 << 10)}
			e.Object = strings.Repeat("\x01", 1024)
			e.Subject, e.Action, e.Result = e.Object, e.Object, e.Object
		},
	} {
		e := refund
		change(&e)
		if err := l.Record(context.Background(), e); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if out.Len() > 0 || l.Head() != start {
		t.Errorf("wrote %.200s", &out)
	}
}

func pad(n int) slog.Attr { return slog.String("pad", strings.Repeat("x", n)) }

func TestTamperingWithAnyByteShows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	l := opened(t, path, Options{Service: "orders"})
	recorded(t, l, 2)
	l.Close()
	tear(t, path, `{"timestamp":"2026`) // a crash in between
	l = opened(t, path, Options{Service: "orders"})
	recorded(t, l, 2)
	text := read(t, path)
	if broken(t, text) != 0 {
		t.Fatal("the log does not hold before it is changed")
	}
	line := 1
	for i := range text {
		for _, change := range []byte{1, 0x20, text[i] ^ '\n'} {
			if change == 0 {
				continue
			}
			bad := bytes.Clone(text)
			bad[i] ^= change
			want := line
			if line == 4 {
				want = 3 // the torn line, for which the fourth vouched
			}
			if got := broken(t, bad); got != want {
				t.Fatalf("byte %d changed from %q to %q in line %d: Verify names line %d", i, text[i], bad[i], line, got)
			}
		}
		if bad := append(bytes.Clone(text[:i]), text[i+1:]...); broken(t, bad) == 0 {
			t.Fatalf("byte %d removed from line %d: nothing shows", i, line)
		}
		if text[i] == '\n' {
			line++
		}
	}
}

func TestLinesThatAreMovedShow(t *testing.T) {
	var out bytes.Buffer
	l := New(&out, Options{})
	recorded(t, l, 4)
	lines := strings.SplitAfter(strings.TrimSuffix(out.String(), "\n"), "\n")
	lines[3] += "\n"
	other := bytes.Buffer{}
	recorded(t, New(&other, Options{}), 4)
	for name, c := range map[string]struct {
		lines []string
		want  int
	}{
		"removed first":  {lines[1:], 1},
		"removed within": {[]string{lines[0], lines[2], lines[3]}, 2},
		"swapped":        {[]string{lines[0], lines[2], lines[1], lines[3]}, 2},
		"twice":          {[]string{lines[0], lines[1], lines[1], lines[2]}, 3},
		"of another log": {[]string{lines[0], lines[1], strings.SplitAfter(other.String(), "\n")[2], lines[3]}, 3},
		"empty line":     {[]string{lines[0], "\n", lines[1]}, 2},
		"text behind":    {[]string{lines[0], lines[1], "hello\n"}, 3},
		"half a line":    {[]string{lines[0], lines[1][:40]}, 2},
		"no newline":     {[]string{lines[0], strings.TrimSuffix(lines[1], "\n")}, 2},
		"too long":       {[]string{lines[0], strings.Repeat("x", maxLine+2)}, 2},
	} {
		if got := broken(t, []byte(strings.Join(c.lines, ""))); got != c.want {
			t.Errorf("%s: Verify names line %d, want %d", name, got, c.want)
		}
	}
}

func TestAKeptHeadShowsWhatAChainCannot(t *testing.T) {
	var out, forged bytes.Buffer
	l := New(&out, Options{Now: noon})
	recorded(t, l, 2)
	kept := l.Head()
	recorded(t, l, 2)
	lines := bytes.SplitAfter(out.Bytes(), []byte{'\n'})
	if n := broken(t, out.Bytes(), start, kept, l.Head()); n != 0 {
		t.Errorf("the log itself: line %d", n)
	}
	if n := broken(t, lines[0], kept); n != 2 {
		t.Errorf("cut off: line %d, want the missing 2", n)
	}
	recorded(t, New(&forged, Options{}), 4)
	if n := broken(t, forged.Bytes(), kept); n != 2 {
		t.Errorf("written anew: line %d, want 2", n)
	}
}

func TestReopeningContinuesTheChain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	for i := range 3 {
		l := opened(t, path, Options{Service: "orders", Sync: i == 1})
		recorded(t, l, 2)
		if l.Head().Sequence != uint64(2*i+2) {
			t.Errorf("opened %d times: at entry %d", i+1, l.Head().Sequence)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if err := l.Record(context.Background(), refund); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
	if n := broken(t, read(t, path)); n != 0 {
		t.Errorf("line %d is broken", n)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

// tear leaves what a crash leaves.
func tear(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestATornLastLineIsTakenIn cuts a log at each byte of its last line, as a
// crash might.
func TestATornLastLineIsTakenIn(t *testing.T) {
	for _, entries := range []int{1, 3} {
		path := filepath.Join(t.TempDir(), "audit.log")
		l := opened(t, path, Options{})
		recorded(t, l, entries)
		l.Close()
		whole := read(t, path)
		last := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
		for cut := last + 1; cut < len(whole); cut++ {
			if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
				t.Fatal(err)
			}
			l := opened(t, path, Options{})
			recorded(t, l, 2)
			l.Close()
			text := read(t, path)
			if err := Verify(bytes.NewReader(text)); err != nil {
				t.Fatalf("cut at byte %d of %d: %v", cut, len(whole), err)
			}
			want := entries + 1 // the torn entry is none
			if cut == len(whole)-1 {
				want++ // all but its newline is one
			}
			if l.Head().Sequence != uint64(want) || !bytes.HasPrefix(text, whole[:cut]) {
				t.Fatalf("cut at byte %d of %d: %d entries, want %d, and nothing may be removed", cut, len(whole), l.Head().Sequence, want)
			}
		}
	}
}

// flaky tears off writes at the places that it is given.
type flaky struct {
	bytes.Buffer
	after []int
}

var errFull = errors.New("no space left on device")

func (w *flaky) Write(p []byte) (int, error) {
	if len(w.after) == 0 {
		return w.Buffer.Write(p)
	}
	n := w.after[0]
	w.after = w.after[1:]
	if n < 0 {
		n += len(p)
	}
	_, _ = w.Buffer.Write(p[:n])
	return n, errFull
}

func TestAFailedWriteIsTakenIn(t *testing.T) {
	for _, after := range [][]int{{0}, {1}, {50}, {-1}, {0, 0}, {50, 0, 1}, {50, 50}, {50, 1, 2, 70}, {50, -1}, {-1, -1}, {-1, 1, 1}} {
		w := &flaky{}
		l := New(w, Options{})
		recorded(t, l, 2)
		w.after = after
		for range after {
			if err := l.Record(context.Background(), refund); !errors.Is(err, errFull) {
				t.Fatalf("%v: got %v", after, err)
			}
		}
		recorded(t, l, 2)
		if err := Verify(bytes.NewReader(w.Bytes()), l.Head()); err != nil {
			t.Errorf("torn at %v: %v in\n%s", after, err, w)
		}
	}
}

func TestConcurrentEntriesMakeOneChain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	l := opened(t, path, Options{Service: "orders"})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				e := refund
				e.Subject, e.Attrs = fmt.Sprint("clerk-", g), []slog.Attr{slog.Int("i", i)}
				if err := l.Record(context.Background(), e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := Verify(bytes.NewReader(read(t, path)), l.Head()); err != nil || l.Head().Sequence != 400 {
		t.Errorf("%d entries, %v", l.Head().Sequence, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "audit.log")
	opened(t, path, Options{})
	notes := filepath.Join(dir, "notes")
	tear(t, notes, "milk\neggs\n")
	for path, want := range map[string]string{
		path:                             "another process has it open",
		notes:                            "is no audit log",
		filepath.Join(dir, "no", "such"): "no such file",
	} {
		if l, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v; want %q", path, l, err, want)
		}
	}
	if got := read(t, notes); string(got) != "milk\neggs\n" {
		t.Errorf("it changed the notes to %q", got)
	}
}

func TestALogLongerThanTheWindow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	l := opened(t, path, Options{})
	e := refund
	e.Attrs = []slog.Attr{pad(16 << 10)}
	for range 2 * window / (16 << 10) {
		if err := l.Record(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	kept := l.Head()
	l.Close()
	tear(t, path, `{"half":`)
	l = opened(t, path, Options{})
	recorded(t, l, 1)
	if err := Verify(bytes.NewReader(read(t, path)), kept, l.Head()); err != nil || l.Head().Sequence != kept.Sequence+1 {
		t.Errorf("at entry %d behind %d: %v", l.Head().Sequence, kept.Sequence, err)
	}
}

type breaks struct{}

func (breaks) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAReadersErrorIsNoVerdict(t *testing.T) {
	err := Verify(breaks{})
	if b := (*Broken)(nil); !errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &b) {
		t.Errorf("got %v", err)
	}
	if err := Verify(strings.NewReader("")); err != nil {
		t.Errorf("an empty log: %v", err)
	}
}

// FuzzVerify holds that no input confuses Verify: what it accepts is made of
// lines that are sealed, or vouched for by one that is.
func FuzzVerify(f *testing.F) {
	var out bytes.Buffer
	l := New(&out, Options{Now: noon})
	_ = l.Record(context.Background(), refund)
	_ = l.Record(context.Background(), refund)
	f.Add(out.Bytes())
	f.Add([]byte("{\n\n\"seal\":\"\"}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if Verify(bytes.NewReader(text)) == nil && len(text) > 0 && !bytes.Contains(text, []byte(sealName)) {
			t.Errorf("accepts %q", text)
		}
	})
}
