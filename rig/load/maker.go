package load

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/golive-dev/golive/service"
)

// Maker makes the requests of one declared traffic. It is safe for
// concurrent use.
type Maker struct {
	base    string
	traffic service.Traffic
	body    string // with its variables still in it
	json    bool
}

// NewMaker returns a maker of t's requests to base, "http://127.0.0.1:8080".
// An error says what in golive.yaml cannot be sent.
func NewMaker(base string, t service.Traffic) (*Maker, error) {
	m := &Maker{base: strings.TrimSuffix(base, "/"), traffic: t, body: t.Body}
	if t.JSON != nil {
		text, err := json.Marshal(t.JSON)
		if err != nil {
			return nil, fmt.Errorf("traffic %s: its json cannot be written: %w", t.Name, err)
		}
		m.body, m.json = string(text), true
	}
	if !strings.HasPrefix(t.Path(), "/") {
		return nil, fmt.Errorf("traffic %s: path %q does not begin with /; write request: %s /%s", t.Name, t.Path(), t.Method(), t.Path())
	}
	if _, err := m.url(strings.NewReplacer("${seq}", "1", "${uuid}", uuid.Nil.String())); err != nil {
		return nil, fmt.Errorf("traffic %s: %w", t.Name, err)
	}
	return m, nil
}

func (m *Maker) url(vars *strings.Replacer) (*url.URL, error) {
	return url.Parse(m.base + vars.Replace(m.traffic.Path()))
}

// Traffic returns the traffic that m makes requests of.
func (m *Maker) Traffic() service.Traffic { return m.traffic }

// Next returns a new request. ${uuid} and ${seq} have the same value
// everywhere in it, and one that no other request of the process has. It
// carries a random W3C traceparent of its own.
func (m *Maker) Next() *Request {
	n := sequence.Add(1)
	vars := strings.NewReplacer("${seq}", strconv.FormatInt(n, 10), "${uuid}", uuid.NewString())
	u, err := m.url(vars)
	if err != nil { // NewMaker parsed it, and no value changes what it parses to
		u = &url.URL{Path: "/"}
	}
	r := &Request{
		ID: "r" + strconv.FormatInt(n, 10), Name: m.traffic.Name, Method: m.traffic.Method(),
		URL: u, Header: newHeader(), Uses: m.traffic.Uses, Want: m.traffic.Want(),
	}
	if m.body != "" {
		r.Body = []byte(vars.Replace(m.body))
	}
	if m.json {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range m.traffic.Headers {
		r.Header.Set(h.Name, vars.Replace(h.Value))
	}
	r.newTrace() // last: a declared one would be the same for all
	return r
}
