package redact_test

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"expvar"
	"fmt"
	htmltemplate "html/template"
	"log"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"testing"
	"text/template"

	"github.com/golive-dev/golive/kit/redact"
)

// card stands for personal data with a type of its own, and methods that print
// all of it.
type card struct {
	Holder string
	number string
}

func (c card) String() string { return c.Holder + c.number }
func (c card) Error() string  { return c.Holder + c.number }

// holder holds S in all the places in which a field can be.
type holder[S any] struct {
	Public   S
	private  S
	pointer  *S
	slice    []S
	byName   map[string]S
	Any      any
	anything any
	Deep     struct{ deeper struct{ S S } }
	function func() S
	channel  chan S
}

func newHolder[S any](s S) holder[S] {
	h := holder[S]{
		Public: s, private: s, pointer: &s, slice: []S{s}, byName: map[string]S{"it": s}, Any: s, anything: &s,
		function: func() S { return s }, channel: make(chan S, 1),
	}
	h.Deep.deeper.S = s
	h.channel <- s
	return h
}

// failure is an error that holds S and prints it carelessly.
type failure[S any] struct{ of S }

func (f failure[S]) Error() string {
	return fmt.Sprintf("failed with %+v: %v", plainFailure[S](f), f.of)
}

// plainFailure has no method: what it holds is printed without methods, too,
// since fmt does not call those of unexported fields.
type plainFailure[S any] struct{ of S }

// inXML has the places in which encoding/xml writes a value.
type inXML[S any] struct {
	XMLName   xml.Name `xml:"it"`
	Attribute S        `xml:"attribute,attr"`
	Element   S        `xml:"element"`
	Text      S        `xml:",chardata"`
}

// way is one way in which a value gets printed.
type way struct {
	name  string
	print func() string
}

// try returns what a way prints, or with what it panics: some encoders do on
// fields that they may not read.
func (w way) try() (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprint(p)
		}
	}()
	return w.print()
}

// waysToPrint lists ways to print s, alone and inside other values.
func waysToPrint[S any](s S) []way {
	var ways []way
	wrapped := "order: %w" // in a variable, since vet knows better
	add := func(name string, print func() string) { ways = append(ways, way{name, print}) }
	for name, v := range map[string]any{
		"alone": s, "pointer": &s, "pointer to pointer": new(&s), "slice": []S{s}, "array": [1]S{s},
		"map": map[string]S{"it": s}, "nested map": map[string]map[string]*S{"it": {"it": &s}}, "any": []any{s, &s},
		"struct": newHolder(s), "pointer to struct": new(newHolder(s)), "unexported": plainFailure[S]{s},
		"error": failure[S]{s}, "wrapped error": fmt.Errorf("order: %w", failure[S]{s}),
		"joined errors": errors.Join(errors.New("first"), failure[S]{s}), "as error": fmt.Errorf(wrapped, s),
		"reflect.Value": reflect.ValueOf(s), "reflect.Value of a field": reflect.ValueOf(newHolder(s)).Field(1),
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%o", "%b", "%c", "%U", "%e", "%t", "%p", "%T", "%w", "%z", "%10.3v", "%-40s"} {
			add(name+" "+verb, func() string { return fmt.Sprintf(verb, v) })
		}
		add(name+" fmt.Sprint", func() string { return fmt.Sprint("it is ", v, v) })
		add(name+" fmt.Sprintln", func() string { return fmt.Sprintln(v) })
		add(name+" fmt.Append", func() string { return string(fmt.Append(nil, v)) })
		add(name+" wrong number of arguments", func() string { return fmt.Sprintf("%[2]v %s", v, v, v) })
		add(name+" encoding/json", func() string { return encoded(json.Marshal(v)) })
		add(name+" encoding/json, indented", func() string { return encoded(json.MarshalIndent(v, "", " ")) })
		add(name+" encoding/xml", func() string { return encoded(xml.Marshal(v)) })
		add(name+" encoding/gob", func() string { return written(func(b *bytes.Buffer) error { return gob.NewEncoder(b).Encode(v) }) })
		add(name+" encoding/binary", func() string {
			return written(func(b *bytes.Buffer) error { return binary.Write(b, binary.BigEndian, v) })
		})
		add(name+" expvar", func() string { return expvar.Func(func() any { return v }).String() })
		add(name+" text/template", func() string {
			t := template.Must(template.New("").Parse(`{{.}} {{printf "%v %s" . .}} {{html .}} {{js .}} {{urlquery .}} {{print .}}`))
			return written(func(b *bytes.Buffer) error { return t.Execute(b, v) })
		})
		add(name+" html/template", func() string {
			t := htmltemplate.Must(htmltemplate.New("").Parse(`<a href="/{{.}}" onclick="f({{.}})" style="x:{{.}}">{{.}}</a><script>{{.}}</script>`))
			return written(func(b *bytes.Buffer) error { return t.Execute(b, v) })
		})
		add(name+" log.Print", func() string {
			return written(func(b *bytes.Buffer) error { log.New(b, "", 0).Print(v); return nil })
		})
		add(name+" slog, text", func() string {
			return logged(v, func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) })
		})
		add(name+" slog, JSON", func() string {
			return logged(v, func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) })
		})
		add(name+" slog, default", func() string { return logged(v, func(b *bytes.Buffer) slog.Handler { return throughLog(b) }) })
		add(name+" panic, recovered", func() string { return recovered(v) })
	}
	add("xml places", func() string { return encoded(xml.Marshal(inXML[S]{Attribute: s, Element: s, Text: s})) })
	add("gob, registered", func() string {
		gob.Register(s)
		return written(func(b *bytes.Buffer) error { return gob.NewEncoder(b).Encode(struct{ It any }{s}) })
	})
	return ways
}

// encoded takes both, since an error may quote, too.
func encoded(text []byte, err error) string { return fmt.Sprint(string(text), err) }

func written(write func(*bytes.Buffer) error) string {
	var b bytes.Buffer
	err := write(&b)
	return fmt.Sprint(b.String(), err)
}

func throughLog(b *bytes.Buffer) slog.Handler {
	log.SetOutput(b)
	return slog.Default().Handler()
}

func logged(v any, handler func(*bytes.Buffer) slog.Handler) string {
	return written(func(b *bytes.Buffer) error {
		defer log.SetOutput(os.Stderr)
		l := slog.New(handler(b)).With("with", v).WithGroup("group")
		l.Info("it", "value", v, slog.Any("any", v), slog.Group("deep", "deeper", []any{v}), "values", []any{v})
		return nil
	})
}

func recovered(v any) (text string) {
	defer func() {
		p := recover()
		err, _ := p.(error)
		text = fmt.Sprint(p, err, fmt.Sprintf("%#v", p))
	}()
	panic(v)
}

// TestNoWayOfPrintingLeaks prints contents of several types in every way.
func TestNoWayOfPrintingLeaks(t *testing.T) {
	const canary, number = "canary-7f3a-hunter2", int64(4111111111111111)
	inText := traces(canary)
	inNumber := []string{"4111111111111111", "e9b0d5b1c71c7", "4.111111", "4.11e"}
	probe(t, "Secret of string", redact.NewSecret(canary), inText)
	probe(t, "Secret of bytes", redact.NewSecret([]byte(canary)), inText)
	probe(t, "Secret of int64", redact.NewSecret(number), inNumber)
	probe(t, "Secret of a pointer", redact.NewSecret(new(canary)), inText)
	probe(t, "PII of string", redact.NewPII(canary), inText)
	probe(t, "PII of int64", redact.NewPII(number), inNumber)
	probe(t, "PII of a type with methods", redact.NewPII(card{canary, canary}), inText)
	probe(t, "PII of a map", redact.NewPII(map[string]any{canary: canary}), inText)
	probe(t, "PII of an error", redact.NewPII[error](card{canary, canary}), inText)
	probe(t, "Secret of PII", redact.NewSecret(redact.NewPII(canary)), inText)
}

func probe[S any](t *testing.T, of string, s S, forbidden []string) {
	ways := waysToPrint(s)
	if len(ways) < 40 {
		t.Errorf("%d ways are too few to tell", len(ways))
	}
	for _, w := range ways {
		text := w.try()
		for _, f := range forbidden {
			if strings.Contains(strings.ToLower(text), strings.ToLower(f)) {
				t.Errorf("%s, %s: leaks %q in %s", of, w.name, f, text)
			}
		}
	}
}

// TestTheWaysSee holds the ways to what they are for: nearly all of them show
// what nothing hides.
func TestTheWaysSee(t *testing.T) {
	const canary = "canary-7f3a-hunter2"
	seen, all := 0, waysToPrint(canary)
	for _, w := range all {
		text := w.try()
		for _, trace := range traces(canary) {
			if strings.Contains(text, trace) {
				seen++
				break
			}
		}
	}
	if seen < len(all)*2/3 {
		t.Errorf("%d of %d ways show a plain string, want two thirds", seen, len(all))
	}
}
