package evidence_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var began = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// filled returns a value of type t none of whose fields is zero.
func filled(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.String:
		v.SetString("<a & \"b\"> é\n")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1_000_001)
	case reflect.Float64:
		v.SetFloat(0.25)
	case reflect.Pointer:
		v.Set(filled(t.Elem()).Addr())
	case reflect.Slice:
		v.Set(reflect.Append(v, filled(t.Elem()), filled(t.Elem())))
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(filled(t.Key()), filled(t.Elem()))
	case reflect.Struct:
		for i := range t.NumField() {
			v.Field(i).Set(filled(t.Field(i).Type))
		}
	default:
		panic("no value for " + t.String())
	}
	return v
}

// everyEvent returns one event of each type there is, whole.
func everyEvent() []evidence.Event {
	var list []evidence.Event
	for i, field := range reflect.VisibleFields(reflect.TypeFor[evidence.Event]()) {
		if field.Type.Kind() != reflect.Pointer {
			continue
		}
		e := evidence.Event{At: service.Duration(i) * service.Duration(time.Millisecond), Trial: "store/silence", Phase: evidence.PhaseFault}
		reflect.ValueOf(&e).Elem().FieldByIndex(field.Index).Set(filled(field.Type))
		list = append(list, e)
	}
	return list
}

type found struct {
	Name  string            `json:"name"`
	Big   int64             `json:"big"`
	Words map[string]string `json:"words"`
}

func wholeSet() *evidence.Set {
	svc := &service.Service{Name: "orders", Tier: 1, Lines: map[string]int{"service": 1}}
	build := evidence.Build{Commit: "3f2a91c", Dirty: true, Digest: "sha256:1", Spec: "sha256:2", Environment: "local", At: began}
	records := []evidence.Record{
		{Kind: "kube/object", Source: evidence.Source{File: "a.yaml", Line: 3}, At: began, Data: found{"<b>", 1 << 62, map[string]string{"k": "v"}}},
		evidence.New("files/text", evidence.Source{Name: "history"}, "plain"),
		evidence.New("kube/object", evidence.Source{File: "b.yaml"}, found{Name: "second"}),
	}
	return evidence.NewSet(svc, build, records,
		&evidence.Recording{Drill: "hang", Began: began, Took: 90 * time.Second, Events: everyEvent()},
		&evidence.Recording{Drill: "config", Began: began})
}

func written(t *testing.T, s *evidence.Set) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryEventAndRecordComesBackFromTheStream(t *testing.T) {
	s := wholeSet()
	text := written(t, s)
	back, err := evidence.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, drill := range s.Drills() {
		if diff := cmp.Diff(s.Recording(drill), back.Recording(drill)); diff != "" {
			t.Errorf("drill %s (-written +read):\n%s", drill, diff)
		}
	}
	if diff := cmp.Diff(s.Service(), back.Service()) + cmp.Diff(s.Build(), back.Build()); diff != "" {
		t.Errorf("service and build (-written +read):\n%s", diff)
	}
	if diff := cmp.Diff(evidence.All[found](s, "kube/object"), evidence.All[found](back, "kube/object")); diff != "" {
		t.Errorf("records (-written +read):\n%s", diff)
	}
	if got := evidence.All[string](back, "files/text"); len(got) != 1 || got[0].Data != "plain" || got[0].Source.Name != "history" {
		t.Errorf("the text is %+v", got)
	}
	if again := written(t, back); again != text {
		t.Errorf("written again it is another stream:\n%s", cmp.Diff(text, again))
	}
}

func TestTheStreamIsOneMessageALine(t *testing.T) {
	text := written(t, wholeSet())
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if want := 1 + 3 + 2 + len(everyEvent()) + 1; len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
	if !strings.HasPrefix(lines[0], `{"header":{"schema":"golive.evidence/v1"`) || lines[len(lines)-1] != `{"end":{"drills":2}}` {
		t.Errorf("from %.60s to %s", lines[0], lines[len(lines)-1])
	}
	if !strings.Contains(text, "<b>") {
		t.Error("text is escaped as for HTML, which no reader of NDJSON expects")
	}
}

func TestEmptySetsComeBack(t *testing.T) {
	back, err := evidence.Read(strings.NewReader(written(t, evidence.NewSet(nil, evidence.Build{}, nil))))
	if err != nil || back.Service() == nil || len(back.Drills()) != 0 {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestBadStreams(t *testing.T) {
	whole := written(t, wholeSet())
	lines := strings.SplitAfter(whole, "\n")
	header, last := lines[0], lines[len(lines)-2]
	for name, test := range map[string]struct{ text, want string }{
		"empty":                     {"", "the evidence is empty; write it anew with golive review --evidence FILE"},
		"no JSON":                   {"orders: ready\n", "message 1 of the evidence: invalid character"},
		"a verdict":                 {`{"schema":"golive/v1","service":"orders"}`, "message 1 of the evidence: this is no evidence of schema golive.evidence/v1"},
		"another schema":            {`{"header":{"schema":"golive.evidence/v9"}}`, "message 1 of the evidence: this is no evidence of schema golive.evidence/v1"},
		"null":                      {"null", "message 1 of the evidence: this is no evidence"},
		"no header":                 {strings.Join(lines[1:], ""), "message 1 of the evidence: this is no evidence"},
		"cut within a message":      {whole[:len(whole)/2], "of the evidence: unexpected EOF"},
		"cut between messages":      {strings.Join(lines[:5], ""), "the evidence breaks off after message 5"},
		"the end missing":           {strings.TrimSuffix(whole, last), "the evidence breaks off after message"},
		"two streams in one":        {whole + whole, "a second header; a file is the evidence of one build"},
		"more after the end":        {whole + lines[1], "it comes after the end"},
		"an unknown message":        {header + `{"opinion":{"text":"fine"}}`, "message 2 of the evidence: it is of no known kind"},
		"an event of no drill":      {header + `{"event":{"drill":"hang","at":"1s"}}`, `message 2 of the evidence: an event of the drill "hang", which is not there`},
		"a drill twice":             {header + `{"drill":{"name":"hang"}}{"drill":{"name":"hang"}}`, "message 3 of the evidence: the drill hang stands here twice"},
		"a drill lost on the way":   {header + last, "the end of 2 drills, but 0 are there"},
		"a duration that is none":   {header + `{"drill":{"name":"hang"}}{"event":{"drill":"hang","at":"soon"}}`, "message 3 of the evidence: "},
		"a field of another type":   {header + `{"record":{"kind":7}}`, "message 2 of the evidence: "},
		"a message that is a list":  {header + `[]`, "message 2 of the evidence: "},
		"something behind the last": {whole + "garbage", "of the evidence: invalid character"},
	} {
		s, err := evidence.Read(strings.NewReader(test.text))
		if s != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

func TestWriteTellsOfAFullDisk(t *testing.T) {
	s := wholeSet()
	size := len(written(t, s))
	for _, room := range []int{0, size / 2, size - 1} {
		if err := s.Write(&full{room}); err == nil || !strings.Contains(err.Error(), "no space left on device") {
			t.Errorf("with room for %d of %d bytes: %v", room, size, err)
		}
	}
	bad := evidence.NewSet(nil, evidence.Build{}, []evidence.Record{evidence.New("a/b", evidence.Source{}, func() {})})
	if err := bad.Write(&full{1 << 20}); err == nil || !strings.Contains(err.Error(), "kind a/b") {
		t.Errorf("data that no JSON can hold: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := wholeSet().Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"header":{"schema":"golive.evidence/v1","service":null}}{"end":{}}`))
	f.Add([]byte(`{"header":{"schema":"golive.evidence/v1","service":{"lines":{"a":1e9}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := evidence.Read(bytes.NewReader(text))
		if (s == nil) == (err == nil) {
			t.Fatalf("%v, %v", s, err)
		}
		if err == nil {
			var again bytes.Buffer
			if err := s.Write(&again); err != nil {
				t.Errorf("what was read cannot be written: %v", err)
			}
		}
	})
}
