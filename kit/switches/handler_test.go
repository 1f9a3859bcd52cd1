package switches_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/golive-dev/golive/kit/switches"
)

func ask(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w
}

func TestHandlerListsAndFlips(t *testing.T) {
	set := switches.New(switches.Options{})
	search := set.Switch("search", "finds nothing", true)
	set.Switch("mail", "no mail", false)
	h := http.StripPrefix("/switches", set.Handler())

	if w := ask(h, "PUT", "/switches/search", "false\n"); w.Code != http.StatusOK || search.On() {
		t.Errorf("PUT: %d %s, on: %v", w.Code, w.Body, search.On())
	}
	for _, path := range []string{"/switches", "/switches/"} {
		w := ask(h, "GET", path, "")
		var got []switches.State
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v in %s", path, err, w.Body)
		}
		want := []switches.State{
			{Name: "mail", Usage: "no mail", By: "preset"},
			{Name: "search", Usage: "finds nothing", Preset: true, By: "ops port, 192.0.2.1"},
		}
		for i := range got {
			if got[i].Since == "" {
				t.Errorf("%s: %s does not say since when", path, got[i].Name)
			}
			got[i].Since = ""
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
}

func TestHandlerRefusesWhatItDoesNotUnderstand(t *testing.T) {
	set := switches.New(switches.Options{})
	search := set.Switch("search", "", true)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"PUT", "/search", "", 400},
		{"PUT", "/search", "off", 400},
		{"PUT", "/search", "falsefalse", 400},
		{"PUT", "/search", strings.Repeat("false", 1000), 400},
		{"PUT", "/other", "false", 404},
		{"PUT", "/", "false", 405},
		{"POST", "/search", "false", 405},
		{"DELETE", "/search", "", 405},
		{"GET", "/search", "", 405},
	} {
		if w := ask(set.Handler(), c.method, c.path, c.body); w.Code != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, w.Code, c.status)
		}
	}
	if !search.On() {
		t.Error("something flipped it")
	}
}

func TestManyFlipAndReadAtOnce(t *testing.T) {
	set := switches.New(switches.Options{Log: quiet})
	search := set.Switch("search", "", true)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 200 {
				ask(set.Handler(), "PUT", "/search", []string{"true", "false"}[i%2])
				search.On()
				set.States()
			}
		})
	}
	all.Wait()
}
