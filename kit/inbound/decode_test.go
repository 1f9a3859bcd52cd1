package inbound_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/problem"
)

// newOrder is what most tests decode.
type newOrder struct {
	Customer string            `json:"customer"`
	Items    []item            `json:"items"`
	Due      time.Time         `json:"due"`
	Notes    map[string]string `json:"notes"`
	Urgent   bool              `json:"urgent"`
	Discount float64           `json:"discount"`
}

type item struct {
	SKU      string `json:"sku"`
	Quantity int8   `json:"quantity"`
	Count    uint16 `json:"count"`
	Price    struct {
		Cents int64 `json:"cents"`
	} `json:"price"`
}

// decode decodes a body as newOrder, outside of a Mux.
func decode[T any](t testing.TB, contentType, body string) (T, *problem.Problem) {
	t.Helper()
	r := httptest.NewRequest("POST", "/orders", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	v, err := inbound.Decode[T](httptest.NewRecorder(), r)
	var p *problem.Problem
	if err != nil && !errors.As(err, &p) {
		t.Fatalf("%T is no problem: %v", err, err)
	}
	return v, p
}

func TestDecodeTakesWhatIsExpected(t *testing.T) {
	for _, contentType := range []string{
		"application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8",
		"Application/JSON", "application/vnd.orders+json", "application/merge-patch+json",
	} {
		v, p := decode[newOrder](t, contentType, ` {"customer":"c-1","items":[{"sku":"a","quantity":-128},{"sku":"b","count":65535}],
			"due":"2026-01-02T03:04:05Z","notes":{"a":"1","A":"2","":"3"},"urgent":true,"discount":0.5} `)
		if p != nil {
			t.Fatalf("%s: %v %v", contentType, p, p.Errors)
		}
		if got := fmt.Sprintln(v.Customer, len(v.Items), v.Items[0].Quantity, v.Items[1].Count, v.Due.Year(), len(v.Notes), v.Urgent); got != "c-1 2 -128 65535 2026 3 true\n" {
			t.Errorf("decoded %s", got)
		}
	}
}

func TestDecodeRefusesOtherMediaTypes(t *testing.T) {
	for _, contentType := range []string{
		"", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
		"application/json; charset=latin1", "application/", "application/json; ;", "image/svg+json", "json",
	} {
		if _, p := decode[newOrder](t, contentType, `{}`); p == nil || p.Status != 415 {
			t.Errorf("%q: %v", contentType, p)
		}
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Content-Encoding", "gzip")
	if _, err := inbound.Decode[newOrder](httptest.NewRecorder(), r); problem.From(err).Status != 415 {
		t.Errorf("gzip: %v", err)
	}
}

func TestDecodeRefusesWhatIsNotWellFormed(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	for body, want := range map[string]string{
		``:                                     "empty",
		" \n\t":                                "empty",
		`{`:                                    "ends too early",
		`{"customer":"a`:                       "ends too early",
		`{"customer":}`:                        "at byte 13",
		`{'customer':1}`:                       "at byte 2",
		`{"customer":"a"} {}`:                  "behind the JSON value, at byte 17",
		`{"customer":"a"}]`:                    "behind the JSON value",
		`{}x`:                                  "behind the JSON value",
		`{"customer":NaN}`:                     "not JSON",
		`{"discount":01}`:                      "not JSON",
		"{\"customer\":\"\xff\"}":              "not UTF-8",
		"\xef\xbb\xbf{}":                       "not JSON",
		deep:                                   "deeper than 64",
		strings.Repeat(`{"a":`, 10_000):        "deeper than 64",
		`{"customer":"a","customer":"b"}`:      "repeated",
		`{"customer":"a","\u0063ustomer":"b"}`: "repeated",
	} {
		_, p := decode[newOrder](t, "application/json", body)
		if p == nil || p.Status != 400 || !strings.Contains(p.Detail, want) {
			t.Errorf("%.40q: %v, want %q", body, p, want)
		}
	}
}

func TestDecodeSaysWhereTheMistakeIs(t *testing.T) {
	for body, want := range map[string]string{
		`{"items":[{"sku":"a"},{"quantity":"x"}]}`:    "/items/1/quantity must be a whole number from -128 to 127, not a string",
		`{"items":[{"sku":"a"},{"quantity":300}]}`:    "/items/1/quantity must be a whole number from -128 to 127",
		`{"items":[{"count":-1}]}`:                    "/items/0/count must be a whole number from 0 to 65535",
		`{"items":[{"quantity":1.5}]}`:                "/items/0/quantity must be a whole number from -128 to 127",
		`{"items":[{"price":{"cents":1e99}}]}`:        "/items/0/price/cents must be a whole number",
		`{"items":[{"price":[]}]}`:                    "/items/0/price must be an object, not an array",
		`{"items":{"a":[1]}}`:                         "/items must be an array, not an object",
		`{"customer":7}`:                              "/customer must be a string, not a number",
		`{"urgent":"yes"}`:                            "/urgent must be true or false, not a string",
		`{"discount":true}`:                           "/discount must be a number, not true or false",
		`{"notes":{"a~b/c":1}}`:                       "/notes/a~0b~1c must be a string, not a number",
		`{"notes":{"":1}}`:                            "/notes/ must be a string, not a number",
		`{"notes":{"\u00e9":1}}`:                      "/notes/é must be a string, not a number",
		`[]`:                                          " must be an object, not an array",
		`"x"`:                                         " must be an object, not a string",
		`null`:                                        " must not be null",
		`{"custommer":"a"}`:                           "/custommer is not known",
		`{"items":[{"sku":"a"},{"skew":"b"}]}`:        "/items/1/skew is not known",
		`{"notes":{"sku":"a"},"sku":"b"}`:             "/sku is not known",
		`{"items":[{"sku":"a"}],"price":{"sku":"x"}}`: "/price is not known",
		`{"__proto__":{}}`:                            "/__proto__ is not known",
	} {
		_, p := decode[newOrder](t, "application/json", body)
		if p == nil || p.Status != 422 || len(p.Errors) != 1 {
			t.Errorf("%s: %v %+v", body, p, p)
			continue
		}
		if got := p.Errors[0].Error(); got != want {
			t.Errorf("%s\n got %s\nwant %s", body, got, want)
		}
	}
}

func TestDecodeSaysWhereAKeyIsRepeated(t *testing.T) {
	var many strings.Builder
	for i := range 100 {
		fmt.Fprintf(&many, `"k%d":"",`, i)
	}
	for body, want := range map[string]string{
		`{"items":[{"sku":"a"},{"sku":"a","sku":"b"}]}`: "/items/1/sku",
		`{"notes":{` + many.String() + `"k7":""}}`:      "/notes/k7",
		`{"notes":{` + many.String() + `"k99":""}}`:     "/notes/k99",
		`{"unknown":{"a":{"b":1,"b":2}}}`:               "/unknown/a/b",
	} {
		_, p := decode[newOrder](t, "application/json", body)
		if p == nil || p.Status != 400 || len(p.Errors) != 1 || p.Errors[0].Pointer != want {
			t.Errorf("%.60s: %+v, want %s", body, p, want)
		}
	}
}

func TestDecodeNeverRepeatsWhatWasSent(t *testing.T) {
	for _, body := range []string{
		`{"due":"canary"}`, `{"due":{"a":"canary"}}`, `{"items":[{"quantity":"canary"}]}`, `{"customer":"canary"`, `"canary"`, `{"customer":"canary"}canary`,
	} {
		_, p := decode[newOrder](t, "application/json", body)
		text, _ := json.Marshal(p)
		if p == nil || strings.Contains(string(text), "canary") {
			t.Errorf("%s: %s", body, text)
		}
	}
}

func TestDecodeBoundsTheBody(t *testing.T) {
	body := `{"customer":"` + strings.Repeat("a", inbound.DefaultMaxBody) + `"}`
	if _, p := decode[newOrder](t, "application/json", body); p == nil || p.Status != 413 {
		t.Errorf("%v", p)
	}
}

func TestDecodeOfABodyThatBreaksOff(t *testing.T) {
	r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader(`{"cust`), broken{}))
	r.Header.Set("Content-Type", "application/json")
	_, err := inbound.Decode[newOrder](httptest.NewRecorder(), r)
	if p := problem.From(err); p.Status != 400 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
	r.Body = nil
	if _, err := inbound.Decode[newOrder](httptest.NewRecorder(), r); problem.From(err).Status != 400 {
		t.Errorf("no body: %v", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// picky refuses in the way that its first letter says.
type picky struct {
	Way string `json:"way"`
}

func (p *picky) Validate() error {
	switch p.Way {
	case "field":
		return problem.Field{Pointer: "/way", Detail: "must not be this"}
	case "fields":
		return errors.Join(problem.Field{Pointer: "/a", Detail: "x"}, fmt.Errorf("b: %w", problem.Field{Pointer: "/b", Detail: "y"}), errors.New("all is wrong"))
	case "text":
		return errors.New("way must be another one")
	case "own":
		return problem.New(409, "not now")
	}
	return nil
}

func TestDecodeAsksTheValue(t *testing.T) {
	for way, want := range map[string]string{
		"field":  "422 the body is not what is expected [/way must not be this]",
		"fields": "422 the body is not what is expected [/a x /b y  all is wrong]",
		"text":   "422 way must be another one []",
		"own":    "409 not now []",
	} {
		v, p := decode[picky](t, "application/json", `{"way":"`+way+`"}`)
		if p == nil {
			t.Errorf("%s was taken", way)
			continue
		}
		if got := fmt.Sprint(p.Status, " ", p.Detail, " ", p.Errors); got != want {
			t.Errorf("%s: %s, want %s", way, got, want)
		}
		if v.Way != "" {
			t.Errorf("what was refused was returned: %v", v)
		}
	}
	if _, p := decode[picky](t, "application/json", `{"way":"good"}`); p != nil {
		t.Error(p)
	}
}

func TestDecodeOfOtherTypes(t *testing.T) {
	if v, p := decode[[]int](t, "application/json", `[1,2]`); p != nil || len(v) != 2 {
		t.Error(v, p)
	}
	if v, p := decode[map[string]any](t, "application/json", `{"a":{"b":[1,null]}}`); p != nil || len(v) != 1 {
		t.Error(v, p)
	}
	if v, p := decode[*item](t, "application/json", `{"sku":"a"}`); p != nil || v.SKU != "a" {
		t.Error(v, p)
	}
	if _, p := decode[map[string][]time.Duration](t, "application/json", `{"a":[1,"x"]}`); p == nil || p.Errors[0].Pointer != "/a/1" {
		t.Errorf("%+v", p)
	}
	if _, p := decode[time.Time](t, "application/json", `7`); p == nil || p.Status != 422 {
		t.Errorf("%+v", p)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"customer":"c","items":[{"sku":"a","quantity":1}]}`, `{"notes":{"a~/":1}}`, `{"a":{"a":1,"a":2}}`, `[[[[]]]]`, `{"":{"":""}}`,
		`{"items":[{"sku":"\ud83d\ude00\"","quantity":1e2}]}`, `{"customer":"a"} x`, `nul`, `"\u0000"`, `{"sku":1,"items":[{"sku":1}]}`, `-0`, `{"a`, `"\`, `{"Customer":"a","items":[{"SKU":"a"}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v, p := decode[newOrder](t, "application/json", string(body))
		if p != nil {
			if p.Status != 400 && p.Status != 422 {
				t.Errorf("%d", p.Status)
			}
			if _, err := json.Marshal(p); err != nil {
				t.Error(err)
			}
			return
		}
		// What is taken is what encoding/json reads, under the very names.
		var same newOrder
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&same); err != nil || fmt.Sprint(v) != fmt.Sprint(same) {
			t.Errorf("took what encoding/json does not: %v", err)
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(body, &keys); err != nil {
			t.Error(err)
		}
		for key := range keys {
			if !slices.Contains([]string{"customer", "items", "due", "notes", "urgent", "discount"}, key) {
				t.Errorf("took %q", key)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	body := `{"customer":"c-1","items":[{"sku":"a","quantity":1},{"sku":"b","quantity":2}],"urgent":true}`
	b.ReportAllocs()
	for b.Loop() {
		if _, p := decode[newOrder](b, "application/json", body); p != nil {
			b.Fatal(p)
		}
	}
}
