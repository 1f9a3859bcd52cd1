package report

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/golive-dev/golive/check"
)

// tab is a page in a real browser, with everything that it complained about
// and asked for.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string

	mu       sync.Mutex
	problems []string
	requests []string
}

// browse opens the HTML report of v in Chromium, from a file as users do.
func browse(t *testing.T, v *check.Verdict) *tab {
	t.Helper()
	return openTab(t, fileURL(t, render(t, "html", v, Options{})))
}

func fileURL(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: file}).String()
}

func openTab(t *testing.T, address string) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // the profile is removed after the browser has let go of it
		closeTab()
	})
	if err := chromedp.Do(ctx); err != nil { // without a timeout, which would end the browser
		t.Fatal(err)
	}
	b := &tab{t: t, ctx: ctx, url: address}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	command(b, network.Enable, network.EnableParams{})
	command(b, log.Enable, cdp.Empty{})
	b.run(chromedp.Navigate(address))
	return b
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("this test looks at the report in a real browser, and there is none on PATH; install one: apt-get install chromium")
	return ""
}

func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.problems = append(b.problems, "console: "+string(e.Type))
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.problems = append(b.problems, "log: "+e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		b.problems = append(b.problems, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

// patience bounds one step in the browser, on a machine that is busy.
const patience = 2 * time.Minute

func (b *tab) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// value runs an action and returns what it brought.
func value[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// command sends a command of the browser's protocol.
func command[P, R any](b *tab, c cdp.Command[P, R], params P) R {
	b.t.Helper()
	r, err := chromedp.Call(b.ctx, c, params)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// eval returns the value of a JavaScript expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	return value(b, chromedp.Evaluate[T](expression))
}

// quiet fails the test when the page complained or asked for anything besides
// itself.
func (b *tab) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		b.t.Error(p)
	}
	for _, r := range b.requests {
		if before, _, _ := strings.Cut(r, "#"); before != b.url {
			b.t.Errorf("the page asked for %.100s", r)
		}
	}
	if len(b.requests) == 0 {
		b.t.Error("not even the page's own request was seen: this test is blind")
	}
}

func (b *tab) scheme(name string) {
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
}

// shown returns the IDs of the requirements that are visible.
const shown = `[...document.querySelectorAll(".item")].filter(e => !e.hidden).map(e => e.id)`

// choose sets a control of the filter as a user's input does.
func (b *tab) choose(id, value string) []string {
	b.t.Helper()
	return eval[[]string](b, `(() => { const e = document.getElementById("`+id+`"); e.value = "`+value+`"; e.dispatchEvent(new Event("input", {bubbles: true})); return `+shown+` })()`)
}

// The harness must notice what the other tests rely on it to notice.
func TestBrowserHearsProblems(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><script>console.error("heard"); fetch("/elsewhere")</script>`))
	}))
	t.Cleanup(server.Close)
	b := openTab(t, server.URL+"/")
	b.run(chromedp.Poll[chromedp.Void](`performance.getEntriesByType("resource").length > 0`))
	b.mu.Lock()
	defer b.mu.Unlock()
	if !strings.Contains(strings.Join(b.problems, "\n"), "console: error") || !strings.Contains(strings.Join(b.requests, "\n"), "/elsewhere") {
		t.Errorf("heard %q and %q; want the error and the request", b.problems, b.requests)
	}
}
