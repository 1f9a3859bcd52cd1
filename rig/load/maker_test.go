package load_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/service"
)

func TestMakerSubstitutesEverywhere(t *testing.T) {
	m := maker(t, "http://127.0.0.1:1/", service.Traffic{
		Name: "place order", Request: "put /orders/${uuid}?n=${seq}", Expect: 201, Uses: []string{"db"},
		Headers: []service.Pair{{Name: "Idempotency-Key", Value: "k-${uuid}"}},
		JSON:    map[string]any{"id": "${uuid}", "lines": []any{map[string]any{"sku": "s-${seq}", "n": 2}}},
	})
	a, b := m.Next(), m.Next()

	id := strings.TrimPrefix(a.URL.Path, "/orders/")
	if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Fatalf("path %s holds no UUID", a.URL.Path)
	}
	seq := a.URL.Query().Get("n")
	if got := a.Header.Get("Idempotency-Key"); got != "k-"+id {
		t.Errorf("header = %q, want the path's UUID", got)
	}
	want := `{"id":"` + id + `","lines":[{"n":2,"sku":"s-` + seq + `"}]}`
	if string(a.Body) != want {
		t.Errorf("body = %s, want %s", a.Body, want)
	}
	if a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("content type = %q", a.Header.Get("Content-Type"))
	}
	if a.Method != "PUT" || a.Want != 201 || a.Name != "place order" || len(a.Uses) != 1 {
		t.Errorf("request = %+v, want what was declared", a)
	}
	if a.URL.String() == b.URL.String() || a.ID == b.ID || a.Trace == b.Trace || a.Parent == b.Parent {
		t.Errorf("two requests share something: %+v and %+v", a, b)
	}
}

func TestMakersNeverRepeatASequenceNumber(t *testing.T) {
	one := maker(t, "http://127.0.0.1:1", service.Traffic{Name: "a", Request: "POST /", Body: "${seq}"})
	other := maker(t, "http://127.0.0.1:2", service.Traffic{Name: "a", Request: "POST /", Body: "${seq}"})
	if a, b := string(one.Next().Body), string(other.Next().Body); a == b {
		t.Errorf("two makers gave the number %s", a)
	}
}

func TestMakerSendsTheBodyAsItIs(t *testing.T) {
	r := maker(t, "http://127.0.0.1:1", service.Traffic{
		Name: "a", Request: "POST /", Body: `{"a": [1]`,
		Headers: []service.Pair{{Name: "Content-Type", Value: "application/vnd.broken"}},
	}).Next()
	if string(r.Body) != `{"a": [1]` || r.Header.Get("Content-Type") != "application/vnd.broken" {
		t.Errorf("body %s of type %s, want both as declared", r.Body, r.Header.Get("Content-Type"))
	}
}

func TestTraceparent(t *testing.T) {
	r := maker(t, "http://127.0.0.1:1", service.Traffic{
		Name: "a", Request: "/", Headers: []service.Pair{{Name: "traceparent", Value: "the same for all"}},
	}).Next()
	if want := "00-" + r.Trace + "-" + r.Parent + "-01"; r.Header.Get("traceparent") != want || len(want) != 55 {
		t.Errorf("traceparent = %q, want %q", r.Header.Get("traceparent"), want)
	}

	r.SetTraceparent("00-zz")
	if r.Header.Get("traceparent") != "00-zz" || r.Trace != "malformed:00-zz" || r.Parent != "" || r.Conn != "malformed" {
		t.Errorf("malformed: %+v", r)
	}
	r.SetTraceparent("")
	if r.Header.Values("traceparent") != nil || r.Trace != "" || r.Conn != "absent" {
		t.Errorf("absent: %+v", r)
	}
}

func TestMakerRefusesWhatCannotBeSent(t *testing.T) {
	for want, traffic := range map[string]service.Traffic{
		"does not begin with /":      {Name: "a", Request: "GET orders"},
		"its json cannot be written": {Name: "a", Request: "POST /", JSON: map[any]any{1: 2}},
		"invalid URL escape":         {Name: "a", Request: "GET /%zz"},
	} {
		_, err := load.NewMaker("http://127.0.0.1:1", traffic)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want one with %q", err, want)
		}
	}
}

func TestGet(t *testing.T) {
	r, err := load.Get("scan", "http://127.0.0.1:1/api/", "/golive-scan-1?x=1")
	if err != nil {
		t.Fatal(err)
	}
	if r.URL.String() != "http://127.0.0.1:1/api/golive-scan-1?x=1" || r.Want != 200 || r.Trace == "" || r.ID == "" {
		t.Errorf("request = %+v", r)
	}
	if _, err := load.Get("scan", "http://127.0.0.1:1", "/%zz"); err == nil {
		t.Error("a path that is none gave no error")
	}
}

func TestResultIsJSON(t *testing.T) {
	r := maker(t, refused(t), look).Next()
	_, e := load.Do(within(t), r, patience).Event()
	if e.Request.Path != "/orders" || e.Request.Name != "look" || e.Request.Trace != r.Trace {
		t.Errorf("event = %+v", e.Request)
	}
	if _, err := json.Marshal(e); err != nil {
		t.Error(err)
	}
}
