package inbound_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/redact"
)

// hook has what a body may hold at several depths.
type hook struct {
	URL   string            `json:"url"`
	Plain string            // by its Go name
	Next  *hook             `json:"next"`
	Many  []hook            `json:"many"`
	Grid  [][]hook          `json:"grid"`
	By    map[string]hook   `json:"by"`
	Any   any               `json:"any"`
	Raw   json.RawMessage   `json:"raw"`
	Notes map[string]string `json:"notes"`
	None  string            `json:"-"`
	Dash  string            `json:"-,"`
	inner string
}

func TestDecodeTakesFieldsByTheirExactNames(t *testing.T) {
	for body, want := range map[string]string{
		`{"uRl":"a"}`:                              `/uRl is not known; "url" is`,
		`{"url":"a","URL":"b"}`:                    `/URL is not known; "url" is`,
		`{"URL":"b","url":"a"}`:                    `/URL is not known; "url" is`,
		`{"\u0055RL":"b"}`:                         `/URL is not known; "url" is`,
		`{"plain":"a"}`:                            `/plain is not known; "Plain" is`,
		`{"next":{"next":{"Url":"a"}}}`:            `/next/next/Url is not known; "url" is`,
		`{"many":[{"url":"a"},{"Url":"a"}]}`:       `/many/1/Url is not known; "url" is`,
		`{"grid":[[],[{"url":"a"},{"oops":"a"}]]}`: `/grid/1/1/oops is not known`,
		`{"by":{"URL":{"URL":"a"}}}`:               `/by/URL/URL is not known; "url" is`,
		`{"by":{"a":{"by":{"b":{"x":1}}}}}`:        `/by/a/by/b/x is not known`,
		`{"ſ":1,"url":"a"}`:                        `/ſ is not known`,
		`{"None":"a"}`:                             `/None is not known`,
		`{"inner":"a"}`:                            `/inner is not known`,
		`{"many":{"oops":{"x":1}}}`:                `/many must be an array, not an object`,
		`{"any":{"URL":1,"url":[{"x":1}]}}`:        ``,
		`{"raw":{"URL":1,"url":{"x":1}}}`:          ``,
		`{"notes":{"a":"1","A":"2"}}`:              ``,
		`{"-":"a","Plain":"b"}`:                    ``,
		`{"grid":[[{"url":"a"}],[{"url":"b"}]],"many":[{"next":null}],"next":{"many":[{}],"by":{"url":{"url":"a"}}}}`: ``,
	} {
		_, p := decode[hook](t, "application/json", body)
		got := ""
		if p != nil && len(p.Errors) > 0 {
			got = p.Errors[0].Error()
		}
		if got != want || (p != nil) != (want != "") {
			t.Errorf("%s\n got %s (%v)\nwant %s", body, got, p, want)
		}
	}
}

type base struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Both string
}

type other struct {
	Both   string
	Tagged string
	Deep
}

type Deep struct {
	Below string `json:"below"`
	ID    string `json:"id"`
	*Self
}

type Self struct {
	*Self
	Own string
}

type Text string

// mixed embeds in each way that encoding/json has a rule for.
type mixed struct {
	base
	*Deep `json:"deep"`
	other
	Text
	Label  string `json:"Tagged"`
	Spaced string `json:"with space"`
	Bad    string `json:"b\"ad"`
	Over   string `json:"name"`
	Number int    `json:"number,string"`
}

// What encoding/json writes of a type is what it has names for.
func TestDecodeKnowsTheNamesThatJSONWrites(t *testing.T) {
	written, err := json.Marshal(mixed{Deep: &Deep{Self: &Self{}}, other: other{Deep: Deep{Self: &Self{}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, p := decode[mixed](t, "application/json", string(written)); p != nil {
		t.Errorf("%s: %v %v", written, p, p.Errors)
	}
	var names map[string]any
	if err := json.Unmarshal(written, &names); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Both", "base", "Deep", "other", "Label", "Spaced", `b"ad`, "Over", "Self"} {
		body := `{` + quoted(name) + `:null}`
		if _, p := decode[mixed](t, "application/json", body); p == nil || len(p.Errors) != 1 || names[name] != nil {
			t.Errorf("%s was taken: %v; written are %s", body, p, written)
		}
	}
	for name := range names {
		body := `{` + quoted(swapped(name)) + `:null}`
		if _, p := decode[mixed](t, "application/json", body); p == nil || len(p.Errors) != 1 {
			t.Errorf("%s was taken: %v", body, p)
		}
	}
}

func quoted(name string) string {
	text, _ := json.Marshal(name)
	return string(text)
}

func swapped(name string) string {
	if up := strings.ToUpper(name); up != name {
		return up
	}
	return strings.ToLower(name)
}

// upper reads itself, and not what begins with a small letter.
type upper string

func (u *upper) UnmarshalText(text []byte) error {
	if len(text) == 0 || text[0] >= 'a' {
		return errNotUpper{string(text)}
	}
	*u = upper(text)
	return nil
}

type errNotUpper struct{ text string }

func (e errNotUpper) Error() string { return e.text + " does not begin in upper case" }

// nested reads itself by encoding/json, whose offsets are then those of a part.
type nested struct{ Count int }

func (n *nested) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &n.Count)
}

type account struct {
	Mail   redact.PII[string]       `json:"mail"`
	Pin    redact.Secret[int]       `json:"pin"`
	Mails  []redact.PII[string]     `json:"mails"`
	Born   *redact.PII[time.Time]   `json:"born"`
	Due    time.Time                `json:"due"`
	Host   netip.Addr               `json:"host"`
	Names  map[upper]upper          `json:"names"`
	Nested map[string][]nested      `json:"nested"`
	Parts  []map[string]*netip.Addr `json:"parts"`
	Count  int                      `json:"count"`
}

func TestDecodeSaysWhichValueItsTypeRefuses(t *testing.T) {
	const form, key, rfc3339 = " does not have the form that is expected", " does not have the form that such keys have", " must be a time as in RFC 3339: 2006-01-02T15:04:05Z"
	for body, want := range map[string]string{
		`{"mail":7}`:                            "/mail" + form,
		`{"mail":{"canary":1}}`:                 "/mail" + form,
		`{"count":1,"pin":"canary"}`:            "/pin" + form,
		`{"mails":["a","b",["canary"]]}`:        "/mails/2" + form,
		`{"born":"canary"}`:                     "/born" + form,
		`{"due":"canary"}`:                      "/due" + rfc3339,
		`{"due":7}`:                             "/due" + rfc3339,
		`{"host":"canary"}`:                     "/host" + form,
		`{"host":7}`:                            "/host must be a string, not a number",
		`{"names":{"A":"B","canary":"C"}}`:      "/names/canary" + key,
		`{"names":{"A":"canary"}}`:              "/names/A" + form,
		`{"nested":{"a":[1,"canary"]}}`:         "/nested/a/1 must be a whole number, not a string",
		`{"nested":{"a":[1,["canary"]]}}`:       "/nested/a/1" + form,
		`{"parts":[{"a":null},{"b":"canary"}]}`: "/parts/1/b" + form,
		`{"mail":"a@b","count":"canary"}`:       "/count must be a whole number, not a string",
	} {
		_, p := decode[account](t, "application/json", body)
		if p == nil || p.Status != 422 || len(p.Errors) != 1 {
			t.Errorf("%s: %v %+v", body, p, p)
			continue
		}
		if got := p.Errors[0].Error(); got != want {
			t.Errorf("%s\n got %s\nwant %s", body, got, want)
		}
	}
	good := `{"mail":"a@b","pin":7,"mails":["a"],"born":"2026-01-02T03:04:05Z","due":null,"host":"::1","names":{"A":"B"},"nested":{"a":[1]},"parts":[{"a":"::1","b":null}],"count":1}`
	v, p := decode[account](t, "application/json", good)
	if p != nil || v.Mail.Reveal() != "a@b" || v.Pin.Reveal() != 7 || v.Born.Reveal().Year() != 2026 || v.Nested["a"][0].Count != 1 {
		t.Errorf("%v %+v", p, p)
	}
}
