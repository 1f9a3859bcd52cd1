package secret

import (
	"context"
	"errors"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/golive-dev/golive/kit/redact"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store is a source whose answers a test changes.
type store struct {
	mutex sync.Mutex
	text  string
	err   error
	hangs bool
	reads int
	news  chan struct{}
}

func (s *store) Name() string { return "store" }

func (s *store) Read(ctx context.Context) ([]byte, error) {
	s.mutex.Lock()
	s.reads++
	text, err, hangs := s.text, s.err, s.hangs
	s.mutex.Unlock()
	if hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return []byte(text), err
}

func (s *store) set(text string, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.text, s.err = text, err
}

func (s *store) hang(hangs bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.hangs = hangs
}

func (s *store) count() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.reads
}

// notifying is a store that says when it changes.
type notifying struct{ *store }

func (n notifying) Changed() <-chan struct{} {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.news == nil {
		n.news = make(chan struct{})
	}
	return n.news
}

func (n notifying) change(text string) {
	n.set(text, nil)
	n.mutex.Lock()
	defer n.mutex.Unlock()
	close(n.news)
	n.news = nil
}

var errDown = errors.New("the store is down")

// watch watches until the test ends.
func watch(t testing.TB, s Source, o Options) *Value {
	t.Helper()
	v, err := Watch(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func (v *Value) holds(t *testing.T, want string) {
	t.Helper()
	if got := v.Get().Reveal(); got != want {
		t.Errorf("holds %q, want %q", got, want)
	}
}

// record keeps what a subscriber was called with.
type record struct {
	mutex sync.Mutex
	all   []string
}

func (r *record) add(s redact.Secret[string]) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.all = append(r.all, s.Reveal())
}

func (r *record) list() []string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return append([]string(nil), r.all...)
}
