package config

import (
	"fmt"
	"log/slog"
	"math/big"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/redact"
)

// Types named after those that are read.
type (
	word    string
	port    uint16
	regions []word
	upper   struct{ text string }
)

// UnmarshalText has a form of its own, and an error that quotes.
func (u *upper) UnmarshalText(text []byte) error {
	if strings.ToUpper(string(text)) != string(text) {
		return fmt.Errorf("%q is not in capitals", text)
	}
	u.text = string(text)
	return nil
}

// loadOne loads text into a struct whose only field has the type and tags.
func loadOne(t reflect.Type, tags, text string) (any, error) {
	s := reflect.New(reflect.StructOf([]reflect.StructField{{
		Name: "Field", Type: t, Tag: reflect.StructTag(`env:"IT" ` + tags),
	}})).Elem()
	err := load(s, func(name string) (string, bool) { return text, name == "IT" && text != "" })
	return s.Field(0).Interface(), err
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

func TestValuesOfEveryType(t *testing.T) {
	link := must(url.Parse("https://pay.example.org:8443/v1"))
	for _, c := range []struct {
		tags, text string
		want       any
	}{
		{``, "orders", "orders"},
		{``, " a = b ", " a = b "},
		{``, "orders", word("orders")},
		{`oneof:"a,b"`, "b", word("b")},
		{``, "true", true},
		{``, "0", false},
		{``, "-9223372036854775808", int64(-9223372036854775808)},
		{``, "+12", 12},
		{``, "127", int8(127)},
		{``, "-32768", int16(-32768)},
		{``, "2147483647", int32(2147483647)},
		{``, "18446744073709551615", uint64(18446744073709551615)},
		{``, "7", uint(7)},
		{``, "255", uint8(255)},
		{``, "4294967295", uint32(4294967295)},
		{`min:"1" max:"65535"`, "1", port(1)},
		{`min:"1" max:"65535"`, "65535", port(65535)},
		{`oneof:"80,443"`, "443", port(443)},
		{``, "0.25", 0.25},
		{``, "1e3", float32(1000)},
		{`min:"0" max:"1"`, "1", 1.0},
		{``, "1m30s", 90 * time.Second},
		{`min:"0s"`, "0", time.Duration(0)},
		{`min:"1ms" max:"10s"`, "10s", 10 * time.Second},
		{``, link.String(), *link},
		{`scheme:"http,https"`, link.String(), link},
		{`password:"allowed"`, "redis://u:p@cache/0", *must(url.Parse("redis://u:p@cache/0"))},
		{``, "redis://user@[::1]:6379", *must(url.Parse("redis://user@[::1]:6379"))},
		{``, "WARN", slog.LevelWarn},
		{``, "192.0.2.1:80", netip.MustParseAddrPort("192.0.2.1:80")},
		{``, "2026-11-21T00:00:00Z", time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)},
		{``, "123456789012345678901234567890", must(new(big.Int), nil)},
		{`oneof:"A,B"`, "B", upper{"B"}},
		{``, "ada@example.org", redact.NewPII("ada@example.org")},
		{``, "7", new(7)},
		{``, "500ms", new(500 * time.Millisecond)},
		{``, "a,b", []string{"a", "b"}},
		{``, " a , b ", regions{"a", "b"}},
		{`min:"1"`, "1,2", []int{1, 2}},
		{``, "1s,2s", []time.Duration{time.Second, 2 * time.Second}},
		{``, "http://a,http://b", []*url.URL{must(url.Parse("http://a")), must(url.Parse("http://b"))}},
		{``, "A,B", []upper{{"A"}, {"B"}}},
		{`optional:"true"`, "", 0},
		{`optional:"true"`, "", (*url.URL)(nil)},
		{`default:"8080"`, "", port(8080)},
		{`default:"8080"`, "9090", port(9090)},
		{`default:""`, "", ""},
		{`default:"a,b"`, "", []string{"a", "b"}},
	} {
		got, err := loadOne(reflect.TypeOf(c.want), c.tags, c.text)
		if err != nil {
			t.Errorf("%T %s from %q: %v", c.want, c.tags, c.text, err)
		} else if !same(got, c.want, c.text) {
			t.Errorf("%T %s from %q: got %v, want %v", c.want, c.tags, c.text, got, c.want)
		}
	}
}

func same(got, want any, text string) bool {
	switch got := got.(type) {
	case *big.Int:
		return got.String() == text
	case redact.PII[string]:
		return got.Equal(want.(redact.PII[string]))
	}
	return reflect.DeepEqual(got, want)
}

// TestMalformedValues holds both that what is wrong is refused and that the
// error says what would be right, and not what was there.
func TestMalformedValues(t *testing.T) {
	const port, whole = "a whole number from 1 to 65535", "a whole number"
	for _, c := range []struct {
		of         any
		tags, want string
		texts      []string
	}{
		{true, ``, "true or false", []string{"yes", "on", "truE", " true"}},
		{0, ``, whole, []string{"x", "1.0", "1e3", "0x10", "1_000", " 8", "8 ", "8\n", "٣", "9223372036854775808", "--1"}},
		{int8(0), ``, whole + " from -128 to 127", []string{"128", "-129"}},
		{int32(0), `min:"0"`, whole + " from 0 to 2147483647", []string{"-1", "2147483648"}},
		{uint(0), ``, whole + " of at least 0", []string{"-1", "-0", "+1"}},
		{uint16(0), ``, whole + " from 0 to 65535", []string{"65536"}},
		{uint16(0), `min:"1" max:"65535"`, port, []string{"0", "65536", "http"}},
		{0, `min:"1" max:"65535"`, port, []string{"0", "65536", "99999999999999999999999"}},
		{int64(0), `max:"5"`, whole + " of at most 5", []string{"6"}},
		{0.0, ``, "a number", []string{"NaN", "inf", "-Infinity", "1e400", "1,5", "half"}},
		{float32(0), `min:"0" max:"1"`, "a number from 0 to 1", []string{"-0.1", "1.1", "1e39"}},
		{time.Second, ``, "a duration such as 500ms or 2m", []string{"500", "1 s", "5sec", "1d", "9999999h"}},
		{time.Second, `min:"1ms" max:"10s"`, "a duration such as 500ms or 2m from 1ms to 10s", []string{"0s", "-1s", "11s"}},
		{url.URL{}, ``, "an absolute URL with a host", []string{"pay", "pay:8080", "//pay", "http://", "http://:80", "http:pay", "http://pay:http", "http://pay:70000", "http://p ay", "http://pay/%zz", "postgres:///db"}},
		{&url.URL{}, `scheme:"http,https"`, "an absolute URL with a host and the scheme http or https", []string{"ftp://pay", "unix:///sock"}},
		{"", `oneof:"eu,us"`, "one of eu, us", []string{"EU", "eu ", "eu,us", "asia"}},
		{0, `oneof:"1,2"`, "one of 1, 2", []string{"3", "01", "x"}},
		{slog.LevelInfo, `oneof:"debug,info"`, "one of debug, info", []string{"warn", "loud"}},
		{slog.Level(0), ``, "debug, info, warn or error", []string{"loud", "1e3"}},
		{netip.Addr{}, ``, "of the form that netip.Addr has", []string{"localhost", "1.2.3"}},
		{upper{}, ``, "of the form that config.upper has", []string{"secretive"}},
		{new(1), ``, whole, []string{"x"}},
		{[]int{}, `min:"1"`, "a list separated by commas, each item " + whole + " of at least 1", []string{"1,", ",1", "1,,2", "1;2", "0", "1,x", ","}},
		{[]string{}, `oneof:"eu,us"`, "a list separated by commas, each item one of eu, us", []string{"eu,asia"}},
		{[]*url.URL{}, ``, "a list separated by commas, each item an absolute URL with a host", []string{"http://a,b"}},
	} {
		for _, text := range c.texts {
			_, err := loadOne(reflect.TypeOf(c.of), c.tags, text)
			if want := "IT is malformed: must be " + c.want; err == nil || err.Error() != want {
				t.Errorf("%T %s from %q: got %v, want %s", c.of, c.tags, text, err, want)
			}
		}
	}
}

func TestAPasswordInAURLIsRefused(t *testing.T) {
	for _, of := range []any{url.URL{}, &url.URL{}, []url.URL{}} {
		_, err := loadOne(reflect.TypeOf(of), ``, "postgres://orders:hunter2@db/orders")
		if want := "IT holds a password, which is read from a file and never from the environment"; err == nil || err.Error() != want {
			t.Errorf("%T: got %v, want %s", of, err, want)
		}
	}
}

func TestMissingValues(t *testing.T) {
	for _, of := range []any{"", 0, uint8(0), true, 0.5, time.Second, url.URL{}, &url.URL{}, []string{}, netip.Addr{}} {
		if _, err := loadOne(reflect.TypeOf(of), ``, ""); err == nil || err.Error() != "IT is missing" {
			t.Errorf("%T: got %v, want IT is missing", of, err)
		}
	}
}

// TestWrongDeclarations holds that a slip in a tag shows at the first start, on
// whatever machine, and not when a value happens to hit it.
func TestWrongDeclarations(t *testing.T) {
	const field = "IT cannot be loaded: field Field "
	for _, c := range []struct {
		of         any
		tags, want string
	}{
		{0, `min:"one"`, field + "has the tag min, which is none of its values"},
		{uint8(0), `max:"256"`, field + "has the tag max, which is none of its values"},
		{0, `min:"2" max:"1"`, field + "has the tag min, which is greater than max"},
		{time.Second, `min:"100"`, field + "has the tag min, which is none of its values"},
		{"", `min:"1"`, field + "has the tag min, which says nothing about string"},
		{true, `oneof:"true"`, field + "has the tag oneof, which says nothing about bool"},
		{0, `scheme:"http"`, field + "has the tag scheme, which says nothing about int"},
		{[]string{}, `max:"3"`, field + "has the tag max, which says nothing about []string"},
		{"", `oneof:"a,,b"`, field + "has the tag oneof, which holds an empty choice"},
		{url.URL{}, `password:"true"`, field + `has the tag password, which is not "allowed"`},
		{0, `default:"x"`, field + "has a default that is none: must be a whole number"},
		{0, `default:"7" min:"8"`, field + "has a default that is none: must be a whole number of at least 8"},
		{0, `default:"7" optional:"true"`, field + "has both a default and the tag optional; one is enough"},
		{0, `optional:"yes"`, field + `has the tag optional with something else than "true"`},
		{map[string]string{}, ``, field + "has the type map[string]string, which is not read from text; give it the method UnmarshalText"},
		{[]map[int]int{}, ``, field + "has the type map[int]int, which is not read from text; give it the method UnmarshalText"},
		{struct{}{}, ``, field + "has the type struct {}, which is not read from text; give it the method UnmarshalText"},
		{func() {}, ``, field + "has the type func(), which is not read from text; give it the method UnmarshalText"},
		{complex(1, 1), ``, field + "has the type complex128, which is not read from text; give it the method UnmarshalText"},
	} {
		for _, text := range []string{"", "7"} {
			if _, err := loadOne(reflect.TypeOf(c.of), c.tags, text); err == nil || err.Error() != c.want {
				t.Errorf("%T %s: got %v, want %s", c.of, c.tags, err, c.want)
			}
		}
	}
}

func TestSecretsAreRefused(t *testing.T) {
	for _, of := range []any{
		redact.Secret[string]{}, &redact.Secret[[]byte]{}, []redact.Secret[string]{}, redact.Secret[redact.PII[int]]{},
	} {
		_, err := loadOne(reflect.TypeOf(of), `optional:"true"`, "hunter2")
		if err == nil || !strings.Contains(err.Error(), "secret.File") || !strings.Contains(err.Error(), "IT_FILE") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%T: got %v, want an error that names secret.File and IT_FILE", of, err)
		}
	}
}
