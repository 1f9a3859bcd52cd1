package secret

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/redact"
)

// mount is a volume as the kubelet makes it: the files are links through ..data,
// which is swapped for the next directory by one rename.
type mount struct {
	t   *testing.T
	dir string
	now string
	n   int
}

func newMount(t *testing.T, password string) *mount {
	m := &mount{t: t, dir: t.TempDir()}
	m.swap(password)
	m.do(os.Symlink(filepath.Join("..data", "password"), m.path()))
	return m
}

func (m *mount) path() string { return filepath.Join(m.dir, "password") }

func (m *mount) do(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// swap brings the next content and removes what was before, as the kubelet does.
func (m *mount) swap(password string) {
	m.t.Helper()
	m.n++
	before, next := m.now, fmt.Sprintf("..2026_11_21_%d", m.n)
	m.do(os.Mkdir(filepath.Join(m.dir, next), 0o755))
	m.do(os.WriteFile(filepath.Join(m.dir, next, "password"), []byte(password), 0o644))
	m.do(os.Symlink(next, filepath.Join(m.dir, "..data_tmp")))
	m.do(os.Rename(filepath.Join(m.dir, "..data_tmp"), filepath.Join(m.dir, "..data")))
	m.now = next
	if before != "" {
		m.do(os.RemoveAll(filepath.Join(m.dir, before)))
	}
}

// TestKubernetesSwapsTwice holds what a watch by inotify on the file does not:
// the second swap is seen, too.
func TestKubernetesSwapsTwice(t *testing.T) {
	m := newMount(t, "one\n")
	v := watch(t, File(m.path()), Options{Every: time.Millisecond})
	v.holds(t, "one")
	var seen record
	news := make(chan struct{}, 10)
	v.Subscribe(seen.add)
	v.Subscribe(func(redact.Secret[string]) { news <- struct{}{} })
	for _, next := range []string{"two\n", "three\n"} {
		m.swap(next)
		select {
		case <-news:
		case <-time.After(time.Minute):
			t.Fatalf("no subscriber heard of %s", next)
		}
	}
	if want := []string{"two", "three"}; !slices.Equal(seen.list(), want) {
		t.Errorf("subscribers got %v, want %v", seen.list(), want)
	}
	v.holds(t, "three")
}

func TestTwoSwapsWithoutAPause(t *testing.T) {
	m := newMount(t, "one")
	v := watch(t, File(m.path()), Options{Every: time.Hour})
	m.swap("two")
	m.swap("three")
	m.do(v.Refresh(t.Context()))
	v.holds(t, "three")
}

// write writes a file as if it had been left alone since.
func write(t testing.TB, path, text string) {
	t.Helper()
	long := time.Now().Add(-time.Hour)
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, long, long)); err != nil {
		t.Fatal(err)
	}
}

func TestWhatAFileHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	for text, want := range map[string]string{
		"hunter2": "hunter2", "hunter2\n": "hunter2", "hunter2\r\n": "hunter2", "hunter2\n\n": "hunter2\n",
		" hunter2 ": " hunter2 ", "-----BEGIN\nkey\n-----END\n": "-----BEGIN\nkey\n-----END", "\x00\xff": "\x00\xff", "": "", "\n": "",
		strings.Repeat("k", sizeLimit): strings.Repeat("k", sizeLimit),
	} {
		write(t, path, text)
		if got, err := File(path).Read(t.Context()); err != nil || string(got) != want {
			t.Errorf("a file with %.20q: got %.20q and %v, want %.20q", text, got, err, want)
		}
	}
}

// TestAFileThatGoesWrong keeps the last good content through every way in which
// a file goes wrong, and takes the next.
func TestAFileThatGoesWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	write(t, path, "good")
	v := watch(t, File(path), Options{Every: time.Hour})
	for _, c := range []struct {
		what, want string
		harm       func() error
	}{
		{"empty", "is empty", func() error { write(t, path, ""); return nil }},
		{"only a line end", "is empty", func() error { write(t, path, "\n"); return nil }},
		{"truncated", "is empty", func() error { return os.Truncate(path, 0) }},
		{"missing", "mount the secret there", func() error { return os.Remove(path) }},
		{"a link to nowhere", "mount the secret there", func() error { return os.Symlink("nowhere", path) }},
		{"a directory", "no regular file", func() error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }},
		{"a pipe", "no regular file", func() error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)) }},
		{"too large", "larger than", func() error {
			err := os.Remove(path)
			write(t, path, strings.Repeat("k", sizeLimit+1))
			return err
		}},
	} {
		if err := c.harm(); err != nil {
			t.Fatal(err)
		}
		if err := v.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want an error with the path and %q", c.what, err, c.want)
		}
		v.holds(t, "good")
	}
	write(t, path, "better")
	if err := v.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.holds(t, "better")
}

func TestAMissingFileAtTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	_, err := Watch(t.Context(), File(path), Options{})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want one that names the file", err)
	}
}

// TestAFileInTheMaking holds that the time since the last write decides.
func TestAFileInTheMaking(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	for _, c := range []struct {
		written time.Duration // ago
		wait    bool
	}{{time.Hour, false}, {time.Second, false}, {-time.Hour, false}} {
		write(t, path, "half")
		at := time.Now().Add(-c.written)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		if _, wait, err := (file{path}).read(); err != nil || wait > 0 != c.wait {
			t.Errorf("written %v ago: wait %v, error %v", c.written, wait, err)
		}
	}
	for age, want := range map[time.Duration]time.Duration{0: settled, 40 * time.Millisecond: 60 * time.Millisecond, settled: 0, time.Hour: 0, -time.Second: 0} {
		if got := unsettled(age); got != want {
			t.Errorf("age %v: wait %v, want %v", age, got, want)
		}
	}
}

// TestAHalfWrittenFileIsNotTaken writes without ever pausing for as long as a
// file takes to settle.
func TestAHalfWrittenFileIsNotTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read := make(chan string, 1)
	go func() {
		text, err := File(path).Read(t.Context())
		read <- fmt.Sprint(string(text), err)
	}()
	slow := false // the machine paused us, and with it the writing
	last := time.Now()
	for range 30 {
		if _, err := f.WriteString("part."); err != nil {
			t.Fatal(err)
		}
		slow = slow || time.Since(last) > settled/2
		last = time.Now()
		time.Sleep(settled / 20)
	}
	want := strings.Repeat("part.", 30) + "<nil>"
	if got := <-read; got != want && !slow {
		t.Errorf("got %q, want all of it", got)
	}
}

func TestReadingAFileHeedsTheContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 100 { // a machine that pauses lets the file settle
		now := time.Now()
		if err := os.Chtimes(path, now, now); err != nil {
			t.Fatal(err)
		}
		if _, err := File(path).Read(ctx); errors.Is(err, context.Canceled) {
			return
		}
	}
	t.Error("the end of the context was never heeded")
}
