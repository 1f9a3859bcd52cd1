package evidence

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/golive-dev/golive/service"
)

// Schema is the version of the evidence stream's format.
const Schema = "golive.evidence/v1"

// message is one line of the stream. Exactly one of its pointers is set; the
// first line is a header, the last one an end: without it the stream was cut
// off, and what is missing could be what speaks against the service.
type message struct {
	Header *header `json:"header,omitempty"`
	Record *Record `json:"record,omitempty"`
	Drill  *drill  `json:"drill,omitempty"`
	Event  *event  `json:"event,omitempty"`
	End    *end    `json:"end,omitempty"`
}

type end struct {
	Drills int `json:"drills"` // how many recordings came before
}

type header struct {
	Schema  string           `json:"schema"`
	Build   Build            `json:"build"`
	Service *service.Service `json:"service"`
}

type drill struct {
	Name  string           `json:"name"`
	Began time.Time        `json:"began"`
	Took  service.Duration `json:"took"`
}

type event struct {
	Drill string `json:"drill"`
	Event
}

// Write writes the set as NDJSON: a header, the records by kind, and the
// recordings, each a drill line and its events, and an end.
func (s *Set) Write(w io.Writer) error {
	buf := bufio.NewWriter(w)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(message{Header: &header{Schema, s.build, s.service}}); err != nil {
		return fmt.Errorf("writing evidence: %w", err)
	}
	for _, kind := range s.order {
		for i := range s.records[kind] {
			if err := enc.Encode(message{Record: &s.records[kind][i]}); err != nil {
				return fmt.Errorf("writing evidence of kind %s: %w", kind, err)
			}
		}
	}
	for _, name := range s.Drills() {
		if err := writeRecording(enc, s.recordings[name]); err != nil {
			return fmt.Errorf("writing the recording of drill %s: %w", name, err)
		}
	}
	if err := enc.Encode(message{End: &end{len(s.recordings)}}); err != nil {
		return fmt.Errorf("writing evidence: %w", err)
	}
	if err := buf.Flush(); err != nil {
		return fmt.Errorf("writing evidence: %w", err)
	}
	return nil
}

func writeRecording(enc *json.Encoder, r *Recording) error {
	if err := enc.Encode(message{Drill: &drill{r.Drill, r.Began, service.Duration(r.Took)}}); err != nil {
		return err
	}
	for _, e := range r.Events {
		if err := enc.Encode(message{Event: &event{r.Drill, e}}); err != nil {
			return err
		}
	}
	return nil
}

// again is what to do about evidence that cannot be read.
const again = "write it anew with golive review --evidence FILE"

// Read reads what [Set.Write] wrote. An error names the message, which is a
// line.
func Read(r io.Reader) (*Set, error) {
	in := reading{drills: map[string]*Recording{}}
	dec := json.NewDecoder(r)
	for n := 1; ; n++ {
		var m message
		err := dec.Decode(&m)
		switch {
		case err == io.EOF && n == 1:
			return nil, fmt.Errorf("the evidence is empty; %s", again)
		case err == io.EOF && !in.ended:
			return nil, fmt.Errorf("the evidence breaks off after message %d; %s", n-1, again)
		case err == io.EOF:
			return NewSet(in.head.Service, in.head.Build, in.records, in.recordings...), nil
		case err != nil:
			return nil, fmt.Errorf("message %d of the evidence: %w; %s", n, err, again)
		}
		if err := in.take(m); err != nil {
			return nil, fmt.Errorf("message %d of the evidence: %w; %s", n, err, again)
		}
	}
}

// reading is what was read so far.
type reading struct {
	head       *header
	records    []Record
	recordings []*Recording
	drills     map[string]*Recording
	ended      bool
}

func (in *reading) take(m message) error {
	switch {
	case in.head == nil && (m.Header == nil || m.Header.Schema != Schema):
		return fmt.Errorf("this is no evidence of schema %s", Schema)
	case in.head == nil:
		in.head = m.Header
	case m.Header != nil:
		return errors.New("a second header; a file is the evidence of one build")
	case in.ended:
		return errors.New("it comes after the end")
	case m.Record != nil:
		in.records = append(in.records, *m.Record)
	case m.Drill != nil && in.drills[m.Drill.Name] != nil:
		return fmt.Errorf("the drill %s stands here twice", m.Drill.Name)
	case m.Drill != nil:
		rec := &Recording{Drill: m.Drill.Name, Began: m.Drill.Began, Took: m.Drill.Took.D()}
		in.drills[rec.Drill] = rec
		in.recordings = append(in.recordings, rec)
	case m.Event != nil && in.drills[m.Event.Drill] != nil:
		rec := in.drills[m.Event.Drill]
		rec.Events = append(rec.Events, m.Event.Event)
	case m.Event != nil:
		return fmt.Errorf("an event of the drill %q, which is not there", m.Event.Drill)
	case m.End != nil && m.End.Drills != len(in.recordings):
		return fmt.Errorf("the end of %d drills, but %d are there", m.End.Drills, len(in.recordings))
	case m.End != nil:
		in.ended = true
	default:
		return errors.New("it is of no known kind")
	}
	return nil
}

// UnmarshalJSON keeps the data raw until somebody asks for its type.
func (r *Record) UnmarshalJSON(text []byte) error {
	var raw struct {
		Kind   Kind            `json:"kind"`
		Source Source          `json:"source"`
		At     time.Time       `json:"at"`
		Data   json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*r = Record{raw.Kind, raw.Source, raw.At, raw.Data}
	return nil
}
