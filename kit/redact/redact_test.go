package redact_test

import (
	"database/sql/driver"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/redact"
)

// name and key are named types of a string and of bytes.
type (
	name string
	key  []byte
)

func TestRevealReturnsTheContent(t *testing.T) {
	if got := redact.NewSecret("hunter2").Reveal(); got != "hunter2" {
		t.Errorf("the secret holds %q", got)
	}
	if got := redact.NewPII(name("Ada")).Reveal(); got != "Ada" {
		t.Errorf("the personal data holds %q", got)
	}
	var nothing redact.Secret[int]
	if got := nothing.Reveal(); got != 0 {
		t.Errorf("the zero Secret holds %d", got)
	}
}

func TestIsZero(t *testing.T) {
	for _, c := range []struct {
		of   interface{ IsZero() bool }
		want bool
	}{
		{redact.Secret[string]{}, true},
		{redact.PII[map[string]string]{}, true},
		{redact.NewSecret(""), true},
		{redact.NewPII[error](nil), true},
		{redact.NewSecret(" "), false},
		{redact.NewSecret([]byte{}), false},
		{redact.NewPII(card{Holder: "Ada"}), false},
	} {
		if got := c.of.IsZero(); got != c.want {
			t.Errorf("IsZero of %T is %v, want %v", c.of, got, c.want)
		}
	}
}

func TestEqualComparesContents(t *testing.T) {
	for what, ok := range map[string]bool{
		"same strings":       redact.NewSecret("a").Equal(redact.NewSecret("a")),
		"other strings":      !redact.NewSecret("a").Equal(redact.NewSecret("b")),
		"a prefix":           !redact.NewSecret("a").Equal(redact.NewSecret("ab")),
		"zero and empty":     redact.NewPII("").Equal(redact.PII[string]{}),
		"same bytes":         redact.NewSecret(key("k")).Equal(redact.NewSecret(key("k"))),
		"other bytes":        !redact.NewSecret(key("k")).Equal(redact.NewSecret(key("l"))),
		"same maps":          redact.NewPII(map[string]int{"a": 1}).Equal(redact.NewPII(map[string]int{"a": 1})),
		"other maps":         !redact.NewPII(map[string]int{"a": 1}).Equal(redact.NewPII(map[string]int{"a": 2})),
		"same named strings": redact.NewPII(name("Ada")).Equal(redact.NewPII(name("Ada"))),
	} {
		if !ok {
			t.Errorf("Equal is wrong of %s", what)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	s, p := redact.NewSecret("hunter2"), redact.NewPII("Ada")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, s); got != "[secret]" {
			t.Errorf("a secret prints %s by %s", got, verb)
		}
		if got := fmt.Sprintf(verb, &p); got != "[personal data]" {
			t.Errorf("personal data prints %s by %s", got, verb)
		}
	}
	if s.String()+s.GoString()+s.LogValue().String() != strings.Repeat("[secret]", 3) {
		t.Error("the methods of a secret print something else")
	}
	if p.String()+p.GoString()+p.LogValue().String() != strings.Repeat("[personal data]", 3) {
		t.Error("the methods of personal data print something else")
	}
}

// TestADatabaseGetsAnError holds that a forgotten Reveal shows: a driver that
// finds no Value takes what String returns.
func TestADatabaseGetsAnError(t *testing.T) {
	for _, v := range []driver.Valuer{redact.NewSecret("hunter2"), redact.NewPII("Ada")} {
		if got, err := v.Value(); err == nil || got != nil || !strings.Contains(err.Error(), "Reveal") {
			t.Errorf("%T: got %v and the error %v, want one that names Reveal", v, got, err)
		}
	}
}

// customer is what a request may bring.
type customer struct {
	Email   redact.PII[string]            `json:"email" xml:"email"`
	Born    redact.PII[time.Time]         `json:"born" xml:"born"`
	Address redact.PII[netip.Addr]        `json:"address" xml:"address,attr"`
	Card    redact.Secret[int64]          `json:"card" xml:"card"`
	Key     redact.Secret[key]            `json:"key" xml:"key"`
	Tags    redact.PII[map[string]string] `json:"tags" xml:"-"`
}

func (c customer) check(t *testing.T) {
	t.Helper()
	if got := c.Email.Reveal(); got != "ada@example.org" {
		t.Errorf("email is %q", got)
	}
	if got := c.Born.Reveal(); got.Year() != 1815 {
		t.Errorf("born is %v", got)
	}
	if got := c.Address.Reveal(); got != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("address is %v", got)
	}
	if got := c.Card.Reveal(); got != 4111111111111111 {
		t.Errorf("card is %d", got)
	}
	if got := c.Key.Reveal(); string(got) != "k\x00y" && string(got) != "key" {
		t.Errorf("key is %q", got)
	}
}

func TestFillFromJSON(t *testing.T) {
	var c customer
	body := `{"email":"ada@example.org","born":"1815-12-10T00:00:00Z","address":"192.0.2.1","card":4111111111111111,"key":"awB5","tags":{"a":"b"}}`
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		t.Fatal(err)
	}
	c.check(t)
	if got := c.Tags.Reveal()["a"]; got != "b" {
		t.Errorf("tags hold %q", got)
	}
	if err := json.Unmarshal([]byte(`{"email":null}`), &c); err != nil || c.Email.IsZero() {
		t.Errorf("null changed the content (error %v)", err)
	}
}

func TestFillFromXML(t *testing.T) {
	var c customer
	body := `<customer address="192.0.2.1"><email>ada@example.org</email><born>1815-12-10T00:00:00Z</born><card>4111111111111111</card><key>key</key></customer>`
	if err := xml.Unmarshal([]byte(body), &c); err != nil {
		t.Fatal(err)
	}
	c.check(t)
}

func TestBytesAreCopied(t *testing.T) {
	var s redact.Secret[[]byte]
	text := []byte("hunter2")
	if err := s.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	clear(text)
	if got := string(s.Reveal()); got != "hunter2" {
		t.Errorf("the content follows its source: %q", got)
	}
}

// TestErrorsDoNotQuote holds what encoding/json and the parsers of types would
// not: their errors name what they could not read.
func TestErrorsDoNotQuote(t *testing.T) {
	const number, word = "4111111111111111", "Hunter2xyz"
	for what, err := range map[string]error{
		"a number too large":  json.Unmarshal([]byte(number), new(redact.PII[int8])),
		"a word for a number": json.Unmarshal([]byte(`"`+word+`"`), new(redact.Secret[int])),
		"no date":             json.Unmarshal([]byte(`"`+word+`"`), new(redact.PII[time.Time])),
		"no address":          json.Unmarshal([]byte(`["`+word+`"]`), new(redact.PII[netip.Addr])),
		"text, a number":      new(redact.PII[int8]).UnmarshalText([]byte(number)),
		"text, a word":        new(redact.Secret[int]).UnmarshalText([]byte(word)),
		"text, no date":       new(redact.PII[time.Time]).UnmarshalText([]byte(word)),
		"text, no address":    new(redact.Secret[netip.Addr]).UnmarshalText([]byte(word)),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		} else if text := fmt.Sprintf("%v %#v", err, err); strings.Contains(text, number) || strings.Contains(text, word) {
			t.Errorf("%s: the error quotes: %s", what, text)
		}
	}
}

// TestARoundTripFails holds that a placeholder does not become content.
func TestARoundTripFails(t *testing.T) {
	before := customer{Email: redact.NewPII("ada@example.org")}
	text, err := json.Marshal(before.Email)
	if err != nil {
		t.Fatal(err)
	}
	var after customer
	if err := json.Unmarshal(text, &after.Email); err == nil {
		t.Error("personal data was read back from its placeholder")
	}
	if err := new(redact.Secret[string]).UnmarshalText([]byte("[secret]")); err == nil {
		t.Error("a secret was read back from its placeholder")
	}
	if err := json.Unmarshal([]byte(`"[secret]"`), new(redact.Secret[string])); err == nil {
		t.Error("a secret was read back from the JSON of its placeholder")
	}
}
