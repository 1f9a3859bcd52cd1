package load

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// Request is one request that is ready to be sent, once. A drill may change
// any field before that.
type Request struct {
	ID     string // unique within the process: "r17"
	Name   string // of the traffic, or what else it is: "scan"
	Method string
	URL    *url.URL
	Header http.Header // "Host" names another host than URL does
	Body   []byte
	Uses   []string // dependencies that it needs

	Plant  string // how it is held in flight, "" when it is not
	Conn   string // the client connection, when it matters
	Trace  string // the trace id in Header
	Parent string // the span id in Header
	Want   int    // the status of a healthy service's answer
}

// sequence numbers every request of the process, so that ${seq} is never the
// same in two trials that share a data store.
var sequence atomic.Int64

// Get returns a GET request to path below base, with a traceparent of its own.
// It wants status 200.
func Get(name, base, path string) (*Request, error) {
	u, err := url.Parse(strings.TrimSuffix(base, "/") + path)
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", name, err)
	}
	r := &Request{
		ID:   fmt.Sprintf("r%d", sequence.Add(1)),
		Name: name, Method: http.MethodGet, URL: u,
		Header: newHeader(), Want: http.StatusOK,
	}
	r.newTrace()
	return r, nil
}

// newHeader returns the headers of every request. Without a User-Agent,
// net/http would write its own.
func newHeader() http.Header { return http.Header{"User-Agent": {"golive"}} }

// newTrace gives r a W3C traceparent with random ids, marked as sampled.
func (r *Request) newTrace() {
	var id [24]byte
	rand.Read(id[:]) // never fails; see its documentation
	r.Trace, r.Parent = hex.EncodeToString(id[:16]), hex.EncodeToString(id[16:])
	r.Header.Set("traceparent", "00-"+r.Trace+"-"+r.Parent+"-01")
}

// SetTraceparent sends value instead of the request's own traceparent, or
// none when value is "". Trace becomes "" or "malformed:" and the value, and
// Conn "absent" or "malformed".
func (r *Request) SetTraceparent(value string) {
	r.Parent = ""
	if value == "" {
		r.Header.Del("traceparent")
		r.Trace, r.Conn = "", "absent"
		return
	}
	r.Header.Set("traceparent", value)
	r.Trace, r.Conn = "malformed:"+value, "malformed"
}

// result starts the result of r, which is due at: all that is known before it
// is sent.
func (r *Request) result(at time.Time) Result {
	return Result{At: at, Request: evidence.Request{
		ID: r.ID, Name: r.Name, Method: r.Method, Path: r.URL.RequestURI(), Uses: r.Uses,
		Plant: r.Plant, Conn: r.Conn, Trace: r.Trace, Parent: r.Parent, Want: r.Want,
	}}
}

// wire returns r as it is written to a connection; last says that the
// connection is not used again.
func (r *Request) wire(body io.Reader, last bool) *http.Request {
	h := &http.Request{
		Method: r.Method, URL: r.URL, Host: r.Header.Get("Host"), Header: r.Header,
		ContentLength: int64(len(r.Body)), Close: last,
	}
	if len(r.Body) > 0 {
		h.Body = io.NopCloser(body)
	}
	return h
}

// bytes returns the whole request as it goes over the wire.
func (r *Request) bytes(last bool) ([]byte, error) {
	var b bytes.Buffer
	if err := r.wire(bytes.NewReader(r.Body), last).Write(&b); err != nil {
		return nil, fmt.Errorf("writing %s %s: %w", r.Method, r.URL, err)
	}
	return b.Bytes(), nil
}
