package evidence

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/golive-dev/golive/service"
)

// Schema is the version of the evidence stream's format.
const Schema = "golive.evidence/v1"

// message is one line of the stream. Exactly one of its pointers is set; the
// first line is a header.
type message struct {
	Header *header `json:"header,omitempty"`
	Record *Record `json:"record,omitempty"`
	Drill  *drill  `json:"drill,omitempty"`
	Event  *event  `json:"event,omitempty"`
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
// recordings, each a drill line and its events.
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

// Read reads what [Set.Write] wrote. An error names the line.
func Read(r io.Reader) (*Set, error) {
	dec := json.NewDecoder(r)
	var head *header
	var records []Record
	var recordings []*Recording
	byName := map[string]*Recording{}
	for n := 1; ; n++ {
		var m message
		err := dec.Decode(&m)
		if err == io.EOF && head != nil {
			return NewSet(head.Service, head.Build, records, recordings...), nil
		}
		if err == io.EOF {
			return nil, fmt.Errorf("the evidence is empty; write it with golive review --evidence FILE")
		}
		if err != nil {
			return nil, fmt.Errorf("message %d of the evidence: %w; write it anew with golive review --evidence FILE", n, err)
		}
		switch {
		case head == nil && (m.Header == nil || m.Header.Schema != Schema):
			return nil, fmt.Errorf("this is no evidence of schema %s; write it with golive review --evidence FILE", Schema)
		case m.Header != nil:
			head = m.Header
		case m.Record != nil:
			records = append(records, *m.Record)
		case m.Drill != nil:
			rec := &Recording{Drill: m.Drill.Name, Began: m.Drill.Began, Took: m.Drill.Took.D()}
			byName[rec.Drill] = rec
			recordings = append(recordings, rec)
		case m.Event != nil && byName[m.Event.Drill] != nil:
			rec := byName[m.Event.Drill]
			rec.Events = append(rec.Events, m.Event.Event)
		default:
			return nil, fmt.Errorf("message %d of the evidence is of no known kind", n)
		}
	}
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
