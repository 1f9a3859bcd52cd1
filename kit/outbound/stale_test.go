package outbound_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

// An echo tells who asked for what, and can be down.
type echo struct {
	down bool
	with http.Header
}

func (e *echo) RoundTrip(req *http.Request) (*http.Response, error) {
	if e.down {
		return answer(req, 503, "sorry"), nil
	}
	resp := answer(req, 200, req.Method+" "+req.URL.RequestURI()+" for "+req.Header.Get("Authorization")+req.Header.Get("Cookie")+req.Header.Get("X-Api-Key"),
		"Content-Type", "text/plain", "Set-Cookie", "session=1")
	for name, values := range e.with {
		resp.Header[name] = values
	}
	return resp, nil
}

func ask(t *testing.T, client *http.Client, method, url string, header ...string) (string, *http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", nil, err
	}
	return body(t, resp), resp, nil
}

const charges = "http://payments.test/charges"

func TestStaleServesTheLastGoodAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var e echo
		client, told := newClient(t, outbound.Config{Fallback: outbound.Stale(time.Minute, 10), Transport: &e})
		want, resp, err := ask(t, client, http.MethodGet, charges)
		if _, ok := outbound.FellBack(resp); err != nil || ok {
			t.Fatalf("a fresh answer is marked: %v", err)
		}
		e.down = true
		time.Sleep(42 * time.Second)
		got, resp, err := ask(t, client, http.MethodGet, charges, "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "X-Request-Id", "7")
		if err != nil {
			t.Fatal(err)
		}
		if kind, ok := outbound.FellBack(resp); !ok || kind != "stale" || got != want {
			t.Errorf("got %q (%q), want %q", got, kind, want)
		}
		if h := resp.Header; h.Get("Age") != "42" || h.Get("Content-Type") != "text/plain" || h.Get("Set-Cookie") != "" || resp.StatusCode != 200 {
			t.Errorf("got %d %v", resp.StatusCode, h)
		}
		if told.value("http_client_fallbacks_total", "dependency", "payments", "kind", "stale") != 1 {
			t.Error("not counted")
		}
		time.Sleep(19 * time.Second)
		if _, _, err := ask(t, client, http.MethodGet, charges); err == nil {
			t.Error("an answer older than maxAge was served")
		}
	})
}

// Whoever asks with other credentials, another language or another query asks another question.
func TestStaleNeverGivesOneCallersAnswerToAnother(t *testing.T) {
	askers := [][]string{
		{}, {"Authorization", "Bearer a"}, {"Authorization", "Bearer b"}, {"Cookie", "session=a"}, {"Cookie", "session=b"},
		{"X-Api-Key", "a"}, {"X-Api-Key", "b"}, {"X-Tenant", "a"}, {"Accept-Language", "de"},
		{"Authorization", "a", "Cookie", "b"}, {"Authorization", "aCookie", "B", "b"}, {"X", "1", "X", "2"}, {"X", "12"},
	}
	for i, first := range askers {
		for j, second := range askers {
			var e echo
			client, _ := newClient(t, outbound.Config{Fallback: outbound.Stale(time.Minute, 10), Transport: &e})
			if _, _, err := ask(t, client, http.MethodGet, charges, first...); err != nil {
				t.Fatal(err)
			}
			e.down = true
			_, _, err := ask(t, client, http.MethodGet, charges, second...)
			if served := err == nil; served != (i == j) {
				t.Errorf("kept for %q, asked with %q: served %v", first, second, served)
			}
		}
	}
	var e echo
	client, _ := newClient(t, outbound.Config{Fallback: outbound.Stale(time.Minute, 10), Transport: &e})
	_, _, _ = ask(t, client, http.MethodGet, "http://user:a@payments.test/charges?of=1")
	e.down = true
	for _, url := range []string{"http://user:b@payments.test/charges?of=1", "http://user:a@payments.test/charges?of=2",
		"http://user:a@payments.test/charge?of=1", "http://user:a@other.test/charges?of=1", "https://user:a@payments.test/charges?of=1"} {
		if got, _, err := ask(t, client, http.MethodGet, url); err == nil {
			t.Errorf("%s was answered %q", url, got)
		}
	}
}

func TestStaleKeepsOnlyWhatItMay(t *testing.T) {
	for _, c := range []struct {
		name, method string
		ask          []string
		with         http.Header
		kept         bool
	}{
		{"GET", http.MethodGet, nil, nil, true},
		{"POST", http.MethodPost, nil, nil, false},
		{"PUT", http.MethodPut, nil, nil, false},
		{"DELETE", http.MethodDelete, nil, nil, false},
		{"a range", http.MethodGet, []string{"Range", "bytes=0-1"}, nil, false},
		{"no-store asked", http.MethodGet, []string{"Cache-Control", "no-store"}, nil, false},
		{"no-store answered", http.MethodGet, nil, http.Header{"Cache-Control": {"private, No-Store"}}, false},
		{"private", http.MethodGet, nil, http.Header{"Cache-Control": {"private, max-age=0"}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := echo{with: c.with}
			client, _ := newClient(t, outbound.Config{Fallback: outbound.Stale(time.Minute, 10), Transport: &e})
			if _, _, err := ask(t, client, c.method, charges, c.ask...); err != nil {
				t.Fatal(err)
			}
			e.down = true
			if _, _, err := ask(t, client, c.method, charges, c.ask...); (err == nil) != c.kept {
				t.Errorf("served: %v, want %v", err == nil, c.kept)
			}
			if c.method != http.MethodGet {
				if _, _, err := ask(t, client, http.MethodGet, charges); err == nil {
					t.Errorf("the answer to a %s was given to a GET", c.method)
				}
			}
		})
	}
}

func TestStaleIsBounded(t *testing.T) {
	var e echo
	client, _ := newClient(t, outbound.Config{Fallback: outbound.Stale(time.Minute, 3), Transport: &e})
	for i := range 10 {
		_, _, _ = ask(t, client, http.MethodGet, fmt.Sprint(charges, i))
		_, _, _ = ask(t, client, http.MethodGet, charges+"0") // used again and again: stays
	}
	e.down = true
	kept := ""
	for i := range 10 {
		if _, _, err := ask(t, client, http.MethodGet, fmt.Sprint(charges, i)); err == nil {
			kept += fmt.Sprint(i)
		}
	}
	if kept != "089" {
		t.Errorf("kept %q, want the one used again and the last two", kept)
	}
}

func TestStaleIsBoundedInBytes(t *testing.T) {
	const size = 6 << 20
	down := false
	client, _ := newClient(t, outbound.Config{MaxResponse: 16 << 20, Fallback: outbound.Stale(time.Minute, 1000),
		Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			if down {
				return answer(req, 503, ""), nil
			}
			n := size
			if strings.HasSuffix(req.URL.Path, "/huge") {
				n = 9 << 20
			}
			return answer(req, 200, strings.Repeat("x", n)), nil
		})})
	_, _, _ = ask(t, client, http.MethodGet, charges+"/huge")
	for i := range 20 {
		_, _, _ = ask(t, client, http.MethodGet, fmt.Sprint(charges, i))
	}
	down = true
	kept := 0
	for i := range 20 {
		if _, _, err := ask(t, client, http.MethodGet, fmt.Sprint(charges, i)); err == nil {
			kept++
		}
	}
	if kept < 5 || kept*size > 64<<20 {
		t.Errorf("%d answers of 6 MiB kept, want what 64 MiB hold", kept)
	}
	if _, _, err := ask(t, client, http.MethodGet, charges+"/huge"); err == nil {
		t.Error("one answer may take all the room")
	}
}

func TestTwoClientsNeverShareAStale(t *testing.T) {
	shared := outbound.Stale(time.Minute, 10)
	one, _ := newClient(t, outbound.Config{Fallback: shared, Transport: &echo{}})
	other, _ := newClient(t, outbound.Config{Fallback: shared, Transport: &echo{down: true}})
	_, _, _ = ask(t, one, http.MethodGet, charges)
	if got, _, err := ask(t, other, http.MethodGet, charges); err == nil {
		t.Errorf("answered %q out of another client's answers", got)
	}
}

func TestStaleInManyGoroutines(t *testing.T) {
	down := make(chan bool, 1)
	down <- false
	client, _ := newClient(t, outbound.Config{Fallback: outbound.Stale(time.Minute, 5), Breaker: outbound.Breaker{Off: true},
		Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			is := <-down
			down <- !is
			if is {
				return answer(req, 503, ""), nil
			}
			return answer(req, 200, req.URL.Path), nil
		})})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 200 {
				url := fmt.Sprint("http://payments.test/", (i+j)%9)
				if got, resp, err := ask(t, client, http.MethodGet, url); err == nil && got != resp.Request.URL.Path {
					t.Errorf("%s was answered %q", url, got)
				}
			}
		})
	}
	all.Wait()
}
