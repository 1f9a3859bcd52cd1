package kit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/golive-dev/golive/kit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// none is the configuration of a service that has none.
type none struct{}

// running is a service that a test runs in its own process.
type running struct {
	t       *testing.T
	url     string // the service's port
	ops     string
	out     *lines
	stop    context.CancelFunc
	exit    chan int
	stopped bool
}

// quick are settings under which a stop takes no longer than a test may.
var quick = map[string]string{
	"PORT": "0", "OPS_PORT": "0", "PROBE_PERIOD": "20ms", "GRACE_PERIOD": "10s",
}

// start runs a service until the test ends or stops it.
func start(t *testing.T, env map[string]string, build func(*kit.Service, none) error) *running {
	t.Helper()
	r := launch(t, kit.Options{Name: "subject"}, env, build)
	if r.url == "" {
		t.Fatalf("exit code %d before it listened:\n%s", <-r.exit, r.out)
	}
	return r
}

// launch returns when the service listens or has ended.
func launch(t *testing.T, o kit.Options, env map[string]string, build func(*kit.Service, none) error) *running {
	t.Helper()
	all := maps.Clone(quick)
	maps.Copy(all, env)
	ctx, stop := context.WithCancel(context.Background())
	r := &running{t: t, out: &lines{}, stop: stop, exit: make(chan int, 1)}
	listening := make(chan struct{})
	o.Out = r.out
	o.Lookup = func(name string) (string, bool) { v, ok := all[name]; return v, ok }
	o.Listening = func(service, ops string) {
		r.url, r.ops = "http://"+local(service), "http://"+local(ops)
		close(listening)
	}
	ended := make(chan int, 1)
	go func() { ended <- kit.Run(ctx, o, build) }()
	select {
	case <-listening:
		go func() { r.exit <- <-ended }()
	case code := <-ended:
		r.exit <- code
	}
	t.Cleanup(func() { r.end(); http.DefaultClient.CloseIdleConnections() })
	return r
}

// local turns the address of all interfaces into that of the loopback.
func local(address string) string { return strings.Replace(address, "[::]", "127.0.0.1", 1) }

// end stops the service and returns its exit code.
func (r *running) end() int {
	r.t.Helper()
	if r.stopped {
		return 0
	}
	r.stopped = true
	r.stop()
	select {
	case code := <-r.exit:
		return code
	case <-time.After(30 * time.Second):
		r.t.Fatalf("it did not end:\n%s", r.out)
		return -1
	}
}

// get returns the status and the body.
func (r *running) get(url string) (int, string) {
	r.t.Helper()
	return r.do(http.MethodGet, url, "")
}

func (r *running) do(method, url, body string) (int, string) {
	r.t.Helper()
	q, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatalf("%v\n%s", err, r.out)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// await asks until the status comes.
func (r *running) await(url string, status int) {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		got, body := r.get(url)
		if got == status {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("GET %s answers %d %s, not %d\n%s", url, got, body, status, r.out)
		}
	}
}

// lines takes what the service writes.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// events returns the events in the order in which they were written.
func (l *lines) events(t *testing.T) (events []string) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		var fields struct{ Event string }
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		events = append(events, fields.Event)
	}
	return events
}
