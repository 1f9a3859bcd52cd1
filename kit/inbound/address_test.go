package inbound_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/problem"
)

// asked is what a test's handler asks a dependency for.
const asked = "/customers/canary-4711/cards?token=canary-key"

// closed is the address of a port that nobody listens on.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return l.Addr().String()
}

// wordy tells of its cause in words of its own.
type wordy struct{ cause *url.Error }

func (w wordy) Error() string { return "could not ask for <" + w.cause.URL + ">" }
func (w wordy) Unwrap() error { return w.cause }

func TestNoURLGetsIntoTheAccessLine(t *testing.T) {
	nowhere := closed(t)
	_, refused := http.Get("http://user:canary-pass@" + nowhere + asked)
	var call *url.Error
	if !errors.As(refused, &call) {
		t.Fatal(refused)
	}
	_, parse := url.Parse("http://user:canary-pass/x@host" + asked)
	if parse == nil {
		t.Fatal("it was parsed")
	}
	said := "Get " + nowhere + ": dial tcp " + nowhere + ": connect: connection refused"
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"itself":    {refused, said},
		"wrapped":   {fmt.Errorf("load cards: %w", refused), "load cards: " + said},
		"a problem": {problem.New(502, "no cards").Because(refused), "502 Bad Gateway: no cards: " + said},
		"joined":    {errors.Join(io.EOF, fmt.Errorf("load: %w", refused)), "EOF\nload: " + said},
		"two":       {fmt.Errorf("%w, then %w", refused, &url.Error{Op: "Put", URL: "https://b" + asked, Err: io.EOF}), said + ", then Put b:443: EOF"},
		"nested":    {&url.Error{Op: "Post", URL: "https://b:1" + asked, Err: fmt.Errorf("token: %w", refused)}, "Post b:1: token: " + said},
		"parse":     {fmt.Errorf("next page: %w", parse), "next page: parse: the URL is malformed"},
		"its own":   {wordy{call}, "Get " + nowhere + " failed"},
		"quoted":    {&url.Error{Op: "Get", URL: "http://b" + asked, Err: errors.New("cannot ask for " + asked)}, "Get b:80 failed"},
		"no cause":  {&url.Error{Op: "Get", URL: "http://[::1]" + asked}, "Get [::1]:80"},
		"no host":   {&url.Error{Op: "Get", URL: asked, Err: io.EOF}, "Get an address without a host: EOF"},
		"timeout":   {&url.Error{Op: "Get", URL: "http://b" + asked, Err: context.DeadlineExceeded}, "Get b:80: context deadline exceeded"},
		"others":    {errors.New("as it is"), "as it is"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.HandleErr("GET /cards", func(http.ResponseWriter, *http.Request) error { return c.err })
			r.ask("GET", "/cards")
			if got := r.completed()["error"]; got != c.want {
				t.Errorf("says %q\nwant %q", got, c.want)
			}
			if text := string(r.log.bytes()); strings.Contains(text, "canary") {
				t.Errorf("the line holds a part of the URL: %s", text)
			}
		})
	}
}

// half is an error whose methods panic, as those of nil pointers do.
type half struct{ error }

func (h *half) Unwrap() error { return h.error }

// wrapped has a text where what it wraps has none.
type wrapped struct{ error }

func (w wrapped) Error() string { return "load" }
func (w wrapped) Unwrap() error { return w.error }

func TestAnErrorThatPanicsCostsNoLine(t *testing.T) {
	for want, err := range map[string]error{
		"an error of type *inbound_test.half":   (*half)(nil),
		"an error of type *url.Error":           (*url.Error)(nil),
		"an error of type inbound_test.wrapped": wrapped{(*url.Error)(nil)},
	} {
		r := newRig(t, nil)
		r.HandleErr("GET /cards", func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(500) // so that the error is for the line only
			return err
		})
		func() {
			defer func() { _ = recover() }() // by which net/http is told to cut the answer
			r.ask("GET", "/cards")
		}()
		if got := r.completed()["error"]; got != want {
			t.Errorf("says %q, want %q", got, want)
		}
	}
}

// A redirect to what is no address is the one case in which net/http quotes an
// answer's header.
func TestNoRedirectGetsIntoTheAccessLine(t *testing.T) {
	peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://canary:canary"+asked)
		w.WriteHeader(302)
	}))
	defer peer.Close()
	r := newRig(t, nil)
	r.HandleErr("GET /cards", func(http.ResponseWriter, *http.Request) error {
		_, err := peer.Client().Get(peer.URL + asked)
		return err
	})
	r.ask("GET", "/cards")
	want := "Get " + strings.TrimPrefix(peer.URL, "http://") + ": failed to parse Location header"
	if got := r.completed()["error"]; got != want {
		t.Errorf("says %q, want %q", got, want)
	}
}

func TestNoURLGetsIntoTheLineOfAnotherLogger(t *testing.T) {
	var out strings.Builder
	mux, err := inbound.New(inbound.Options{Log: slog.New(slog.NewJSONHandler(&out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	mux.HandleErr("GET /cards", func(http.ResponseWriter, *http.Request) error {
		return problem.New(503, "").Because(&url.Error{Op: "Get", URL: "http://b:1" + asked, Err: io.EOF})
	})
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/cards", nil))
	if text := out.String(); strings.Contains(text, "canary") || !strings.Contains(text, `"error":"503 Service Unavailable: Get b:1: EOF"`) {
		t.Error(text)
	}
}
