package log

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// recorder is a writer that keeps each call apart, and fails or blocks on
// demand.
type recorder struct {
	mu     sync.Mutex
	calls  []string
	answer func(p []byte) (int, error) // nil takes everything
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	r.calls = append(r.calls, string(p))
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		return answer(p)
	}
	return len(p), nil
}

func (r *recorder) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.calls...)
}

func closed(t *testing.T, b *Writer) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestLinesAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w recorder
		b := Buffer(&w, 0)
		defer closed(t, b)
		for i := range 3 {
			fmt.Fprintf(b, "%d\n", i)
		}
		time.Sleep(5*time.Millisecond - 1)
		synctest.Wait()
		if got := w.got(); len(got) != 0 {
			t.Fatalf("wrote %q before the time", got)
		}
		time.Sleep(1)
		synctest.Wait()
		fmt.Fprintln(b, 3)
		time.Sleep(5 * time.Millisecond)
		synctest.Wait()
		if got := strings.Join(w.got(), "|"); got != "0\n1\n2\n|3\n" {
			t.Errorf("wrote %q, want two batches", got)
		}
	})
}

func TestAHeapOfLinesIsNotHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w recorder
		b := Buffer(&w, time.Hour)
		defer closed(t, b)
		line := bytes.Repeat([]byte("x"), heap/4-1)
		line = append(line, '\n')
		for range 4 {
			_, _ = b.Write(line)
		}
		synctest.Wait()
		if got := w.got(); len(got) != 1 || len(got[0]) != heap {
			t.Errorf("wrote %d times, want once and without a wait", len(got))
		}
	})
}

func TestAWarningIsWrittenBeforeItReturns(t *testing.T) {
	var w recorder
	b := Buffer(&w, time.Hour)
	defer closed(t, b)
	l := New(b, Options{Service: "orders"})
	l.Info("quiet")
	l.Warn("loud")
	if got := w.got(); len(got) != 1 || !strings.Contains(got[0], "quiet") || !strings.HasSuffix(got[0], "\"loud\"}\n") {
		t.Errorf("wrote %q when the warning had been logged, want both lines at once", got)
	}
}

func TestFlushWaitsForWhatIsBeingWritten(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	var w recorder
	w.answer = func(p []byte) (int, error) {
		begun <- struct{}{}
		<-goOn
		return len(p), nil
	}
	b := Buffer(&w, time.Nanosecond)
	defer closed(t, b)
	fmt.Fprintln(b, "line")
	<-begun
	flushed := make(chan error)
	go func() { flushed <- b.Flush() }()
	select {
	case err := <-flushed:
		t.Fatalf("flushed (%v) while the line was being written", err)
	case goOn <- struct{}{}:
	}
	if err := <-flushed; err != nil {
		t.Error(err)
	}
	if err := b.Flush(); err != nil {
		t.Errorf("with nothing to flush: %v", err)
	}
}

func TestABlockedWriterCostsLinesAndNoRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w recorder
		release := make(chan struct{})
		w.answer = func(p []byte) (int, error) {
			<-release
			return len(p), nil
		}
		b := Buffer(&w, 0)
		began := time.Now()
		for range 100 {
			_, _ = b.WriteLevel(slog.LevelError, []byte("error\n"))
		}
		if took := time.Since(began); took != patience {
			t.Errorf("100 errors waited %v in all for a writer that blocks, want %v once", took, patience)
		}
		line := []byte(strings.Repeat("x", 1023) + "\n")
		for range 2 * room / len(line) {
			_, _ = b.Write(line)
		}
		if took := time.Since(began); took != patience {
			t.Errorf("lines waited %v", took-patience)
		}
		lost := b.Dropped()
		if lost < uint64(room/len(line)) || lost > uint64(room/len(line))+2 {
			t.Errorf("%d of %d lines dropped, want about half", lost, 2*room/len(line))
		}
		if err := b.Flush(); !errors.Is(err, ErrBlocked) {
			t.Errorf("flush: %v, want %v", err, ErrBlocked)
		}
		if err := b.Close(); !errors.Is(err, ErrBlocked) {
			t.Errorf("close: %v, want %v", err, ErrBlocked)
		}
		close(release)
		closed(t, b)
		if lines := strings.Count(strings.Join(w.got(), ""), "\n"); uint64(lines)+lost != uint64(2*room/len(line))+100 {
			t.Errorf("%d lines written and %d dropped are not those that came", lines, lost)
		}
	})
}

func TestWhatAWriterRefusesIsCountedAndLinesStayWhole(t *testing.T) {
	var w recorder
	full := errors.New("no space left on device")
	w.answer = func(p []byte) (int, error) { return 5, full } // within the second line
	b := Buffer(&w, time.Hour)
	_, _ = b.Write([]byte("one\ntwo\nthree\n"))
	if err := b.Flush(); !errors.Is(err, full) || b.Dropped() != 2 {
		t.Errorf("got %v and %d dropped, want %v and 2", err, b.Dropped(), full)
	}
	w.mu.Lock()
	w.answer = nil
	w.mu.Unlock()
	_, _ = b.Write([]byte("four\n"))
	if err := b.Flush(); err != nil || b.Dropped() != 2 {
		t.Errorf("got %v and %d dropped, want it to go on", err, b.Dropped())
	}
	if got := strings.Join(w.got()[1:], ""); got != "\nfour\n" {
		t.Errorf("behind a torn line came %q, want its end first", got)
	}
	closed(t, b)
}

func TestLinesAfterCloseAreWrittenAtOnce(t *testing.T) {
	var w recorder
	b := Buffer(&w, time.Hour)
	fmt.Fprintln(b, "before")
	closed(t, b)
	closed(t, b)
	fmt.Fprintln(b, "after")
	_, _ = b.WriteLevel(slog.LevelError, []byte("and after\n"))
	if err := b.Flush(); err != nil {
		t.Error(err)
	}
	if got := strings.Join(w.got(), "|"); got != "before\n|after\n|and after\n" {
		t.Errorf("wrote %q", got)
	}
}

func TestConcurrentWritersKeepLinesWhole(t *testing.T) {
	for name, wrap := range map[string]func(*recorder) (*slog.Logger, func()){
		"plain": func(r *recorder) (*slog.Logger, func()) { return New(r, Options{Service: "orders"}), func() {} },
		"buffered": func(r *recorder) (*slog.Logger, func()) {
			b := Buffer(r, time.Microsecond)
			return New(b, Options{Service: "orders"}), func() { closed(t, b) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			var w recorder
			l, done := wrap(&w)
			var wg sync.WaitGroup
			for g := range 8 {
				wg.Go(func() {
					mine := l.With("goroutine", g).WithGroup("group")
					for i := range 200 {
						mine.Log(t.Context(), slog.Level(4*(i%3)), "tick", "i", i, "pad", strings.Repeat("é", i))
					}
				})
			}
			wg.Wait()
			done()
			lines := 0
			for _, call := range w.got() {
				for line := range strings.Lines(call) {
					decodeLine(t, line)
					lines++
				}
			}
			if lines != 1600 {
				t.Errorf("%d lines of 1600", lines)
			}
		})
	}
}
