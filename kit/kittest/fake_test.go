package kittest_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a test that may fail without failing ours.
type fake struct {
	testing.TB // ours, for what is not overridden

	mu       sync.Mutex
	errors   []string
	cleanups []func()
}

// try runs body as a test of its own and returns what it complained about.
func try(t *testing.T, body func(t testing.TB)) string {
	t.Helper()
	f := &fake{TB: t}
	inGoroutine(func() { body(f) })
	inGoroutine(f.cleanUp)
	return strings.Join(f.errors, "\n")
}

// inGoroutine lets body call runtime.Goexit, as FailNow does.
func inGoroutine(body func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		body()
	}()
	<-done
}

func (f *fake) Helper() {}

func (f *fake) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }

func (f *fake) cleanUp() {
	for _, c := range slices.Backward(f.cleanups) {
		c()
	}
}

func (f *fake) add(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errors = append(f.errors, text)
}

func (f *fake) Error(args ...any)                 { f.add(fmt.Sprintln(args...)) }
func (f *fake) Errorf(format string, args ...any) { f.add(fmt.Sprintf(format, args...)) }
func (f *fake) Log(args ...any)                   {}
func (f *fake) Logf(string, ...any)               {}

func (f *fake) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

func (f *fake) Failed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.errors) > 0
}

// wants fails t unless complaint holds every phrase, or is empty when there
// is none.
func wants(t *testing.T, complaint string, phrases ...string) {
	t.Helper()
	if len(phrases) == 0 && complaint != "" {
		t.Errorf("complained:\n%s", complaint)
	}
	for _, p := range phrases {
		if !strings.Contains(complaint, p) {
			t.Errorf("complaint lacks %q:\n%s", p, complaint)
		}
	}
}
