package config

import (
	"log/slog"
	"net/netip"
	"net/url"
	"reflect"
	"testing"
	"time"
)

// every has a field for each parser.
type every struct {
	Text     string          `env:"TEXT"`
	Choice   string          `env:"CHOICE" oneof:"eu,us"`
	Bool     bool            `env:"BOOL"`
	Int      int             `env:"INT" min:"-5" max:"500"`
	Int8     int8            `env:"INT8"`
	Uint64   uint64          `env:"UINT64"`
	Float    float64         `env:"FLOAT" min:"0" max:"1"`
	Duration time.Duration   `env:"DURATION" min:"1ms" max:"1h"`
	URL      *url.URL        `env:"URL" scheme:"http,https"`
	Any      url.URL         `env:"ANY"`
	Address  netip.Addr      `env:"ADDRESS"`
	Level    slog.Level      `env:"LEVEL"`
	Numbers  []uint8         `env:"NUMBERS" min:"1"`
	Links    []url.URL       `env:"LINKS"`
	Times    []time.Duration `env:"TIMES"`
}

// FuzzParsers gives each field the same text. What comes out keeps what the
// tags promise, and what is said about the rest depends on the declaration
// alone: so it cannot hold the text or a part of it.
func FuzzParsers(f *testing.F) {
	for _, seed := range []string{
		"", "eu", "true", "-5", "500", "0.5", "NaN", "1e-400", "10ms", "http://a:1/b", "http://u:p@a", "http://[::1%25lo]", "://", "192.0.2.1", "fe80::1%eth0",
		"warn+2", "1,2", "1,,2", "http://a,http://b", "18446744073709551616", "\x00", "é", "\xff", "%", "1s,2h", "http://a:99999", "HTTP://A",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var e every
		v := reflect.ValueOf(&e).Elem()
		for _, d := range fieldsOf(v.Type()) {
			switch what := d.load(v, func(string) (string, bool) { return text, true }); what {
			case "", "is missing", malformed(d.kind), passwordInURL:
			default:
				t.Errorf("%s %s", d.Name, what)
			}
		}
		e.check(t)
	})
}

func (e *every) check(t *testing.T) {
	_, secret := e.Any.User.Password()
	switch {
	case e.Choice != "" && e.Choice != "eu" && e.Choice != "us":
		t.Errorf("choice is %q", e.Choice)
	case e.Int < -5 || e.Int > 500:
		t.Errorf("int is %d", e.Int)
	case !(e.Float >= 0 && e.Float <= 1):
		t.Errorf("float is %v", e.Float)
	case e.Duration != 0 && (e.Duration < time.Millisecond || e.Duration > time.Hour):
		t.Errorf("duration is %v", e.Duration)
	case e.URL != nil && e.URL.Scheme != "http" && e.URL.Scheme != "https":
		t.Errorf("the scheme is %q", e.URL.Scheme)
	case e.Any != (url.URL{}) && (e.Any.Scheme == "" || e.Any.Hostname() == "" || secret):
		t.Errorf("the URL is %v", &e.Any)
	}
	for _, n := range e.Numbers {
		if n < 1 {
			t.Errorf("numbers are %v", e.Numbers)
		}
	}
}
