package resilience

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/golive-dev/golive/evidence"
)

func answer(body string, header ...string) *evidence.Request {
	r := &evidence.Request{Body: body, Header: map[string]string{}}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header[header[i]] = header[i+1]
	}
	return r
}

func TestSignatureOf(t *testing.T) {
	for name, test := range map[string]struct {
		answer *evidence.Request
		want   signature
	}{
		"nested":    {answer(`{"a":{"b":1},"c":[{"d":true},{"e":2}],"f":[]}`), signature{"body.a.b": "1", "body.c[].d": "true"}},
		"a list":    {answer(`["x","y"]`), signature{"body[]": "x"}},
		"text":      {answer(`degraded`), signature{"body": "degraded"}},
		"cut short": {answer(`{"a":1`), signature{"body": `{"a":1`}},
		"nothing":   {answer(``), signature{"body": ""}},
		"null":      {answer(`null`), signature{"body": "<nil>"}},
		"headers":   {answer(`{}`, "x-degraded", "prices", "date", "today", "content-length", "2"), signature{"header x-degraded": "prices"}},
		"times": {answer(`{"a":"2026-11-01T12:00:00.1Z","b":1793534400,"c":1793534400123,"d":42}`),
			signature{"body.a": "a time", "body.b": "a time", "body.c": "a time", "body.d": "42"}},
		"the same as one": {answer(`1`), signature{"body": "1"}},
	} {
		if diff := cmp.Diff(test.want, signatureOf(test.answer)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMatches(t *testing.T) {
	whole := []*evidence.Request{
		answer(`{"id":"a1","total":5,"note":"hi","at":1}`, "x-request-id", "1", "server", "s"),
		answer(`{"id":"b2","total":5,"at":2}`, "x-request-id", "2", "server", "s"),
	}
	var list []signature
	for _, w := range whole {
		list = append(list, signatureOf(w))
	}
	f := common(list)
	for name, test := range map[string]struct {
		answer *evidence.Request
		want   bool
	}{
		"another id":            {answer(`{"id":"c3","total":5,"at":9}`, "x-request-id", "3", "server", "s"), true},
		"with what is optional": {answer(`{"id":"c3","total":5,"note":"yo","at":9}`, "x-request-id", "3", "server", "s"), true},
		"another total":         {answer(`{"id":"c3","total":0,"at":9}`, "x-request-id", "3", "server", "s"), false},
		"something missing":     {answer(`{"id":"c3","at":9}`, "x-request-id", "3", "server", "s"), false},
		"something more":        {answer(`{"id":"c3","total":5,"at":9,"pending":true}`, "x-request-id", "3", "server", "s"), false},
		"a header more":         {answer(`{"id":"c3","total":5,"at":9}`, "x-request-id", "3", "server", "s", "warning", "199"), false},
		"a header less":         {answer(`{"id":"c3","total":5,"at":9}`, "x-request-id", "3"), false},
	} {
		if got := f.matches(signatureOf(test.answer)); got != test.want {
			t.Errorf("%s: could be whole: %t", name, got)
		}
	}
	if common(nil).matches(signatureOf(whole[0])) {
		t.Error("without whole answers any could be one")
	}
}
