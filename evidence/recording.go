package evidence

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/golive-dev/golive/service"
)

// Recording is the history that one drill wrote down. It holds what was done
// and what was seen, never whether that is good.
type Recording struct {
	Drill  string
	Began  time.Time
	Took   time.Duration
	Events []Event // by At
}

// Event is one entry of a recording. Exactly one of its pointers is set.
//
// A drill consists of trials: each has an instance of the service and fault
// proxies of its own, and a name such as "payments/silence". Within a trial a
// phase ("control", "fault", "repaired", "drain") tells what was in force.
type Event struct {
	At    service.Duration `json:"at"` // since the drill began
	Trial string           `json:"trial,omitempty"`
	Phase string           `json:"phase,omitempty"`

	Note     *Note     `json:"note,omitempty"`
	Problem  *Problem  `json:"problem,omitempty"`
	Instance *Instance `json:"instance,omitempty"`
	Fault    *Fault    `json:"fault,omitempty"`
	Probe    *Probe    `json:"probe,omitempty"`
	Request  *Request  `json:"request,omitempty"`
	Call     *Call     `json:"call,omitempty"`
	Line     *Line     `json:"line,omitempty"`
	Flood    *Flood    `json:"flood,omitempty"`
	Scrape   *Scrape   `json:"scrape,omitempty"`
	Span     *Span     `json:"span,omitempty"`
	Canary   *Canary   `json:"canary,omitempty"`
	Stall    *Stall    `json:"stall,omitempty"`
}

// The phases of a trial.
const (
	PhaseControl  = "control"  // no fault: what the service does when all is well
	PhaseFault    = "fault"    // the fault is in force
	PhaseRepaired = "repaired" // the fault was undone
	PhaseDrain    = "drain"    // after SIGTERM
)

// Note is a step that the drill took.
type Note struct {
	Text string `json:"text"`
}

// Problem says why a trial – or, without a trial, the whole drill – is no
// evidence: the control failed, the fault was not hit, the service did not
// start. A check that needs the trial answers unknown with this text.
type Problem struct {
	Text  string   `json:"text"`
	Lines []string `json:"lines,omitempty"` // the service's last lines
}

// InstanceState is a moment in the life of an instance.
type InstanceState string

// The states of an instance, in the order of its life.
const (
	Started  InstanceState = "started"
	Serving  InstanceState = "serving" // its port accepted a connection
	Ready    InstanceState = "ready"   // its readiness endpoint answered 200
	Signaled InstanceState = "signaled"
	Closed   InstanceState = "closed" // its port refuses connections
	Exited   InstanceState = "exited" // no process of it is left
	Killed   InstanceState = "killed" // SIGKILL was needed
)

// Instance is a change in the state of the instance of a trial.
type Instance struct {
	State InstanceState `json:"state"`
	Exit  *int          `json:"exit,omitempty"` // with exited and killed: the exit code, or 128 + the signal that ended it
	Text  string        `json:"text,omitempty"` // what else is known: left-over processes, other ports
	Lines []string      `json:"lines,omitempty"`

	// Peers, with started, is where the instance finds its dependencies:
	// host:port of the proxy before each, by name.
	Peers map[string]string `json:"peers,omitempty"`
}

// Fault is put before a dependency, or taken away.
type Fault struct {
	Dependency string `json:"dependency"`
	Shape      string `json:"shape"` // refuse, connect, silence, headers, drip, header-drip, latency, reset, status, close
	On         bool   `json:"on"`
	Hits       int    `json:"hits"` // when taken away: the calls that met it
	Text       string `json:"text,omitempty"`
}

// Probe is one question of the platform to an endpoint of an instance.
type Probe struct {
	Endpoint string           `json:"endpoint"` // live, ready, metrics
	Path     string           `json:"path,omitempty"`
	Status   int              `json:"status"`          // 0: no answer
	Error    string           `json:"error,omitempty"` // with status 0
	Took     service.Duration `json:"took"`
}

// Request is one request of a client to the service. The event's At is the
// moment at which it was due, and Took counts from there.
type Request struct {
	ID     string            `json:"id"`
	Name   string            `json:"name"` // of the traffic, or what else it is
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Uses   []string          `json:"uses,omitempty"`
	Plant  string            `json:"plant,omitempty"`  // how it was held in flight: "body-long 8s", dependency, slow, keep-alive, together
	Conn   string            `json:"conn,omitempty"`   // the client connection, when it matters
	Trace  string            `json:"trace,omitempty"`  // the trace id sent
	Parent string            `json:"parent,omitempty"` // the span id sent
	Want   int               `json:"want,omitempty"`
	Status int               `json:"status"`          // 0: no answer
	Error  string            `json:"error,omitempty"` // why there is no whole answer
	Took   service.Duration  `json:"took"`
	Open   bool              `json:"open,omitempty"` // still unanswered after Took, when the drill stopped waiting
	Header map[string]string `json:"header,omitempty"`
	Body   string            `json:"body,omitempty"` // of the answer, at most 2 KiB
}

// OK reports whether the request got the answer of a healthy service.
func (r *Request) OK() bool { return r.Error == "" && !r.Open && r.Status == r.Want }

// CallEnd is how a call to a dependency ended.
type CallEnd string

// The ends of calls.
const (
	Answered CallEnd = "answered" // a whole answer went to the service
	GaveUp   CallEnd = "gave-up"  // the service closed the connection first
	Cut      CallEnd = "cut"      // the proxy or the dependency closed first
	Open     CallEnd = "open"     // unfinished when the drill stopped waiting
)

// Call is one attempt of the service to use a dependency, as its proxy saw it.
type Call struct {
	Dependency string            `json:"dependency"`
	Conn       int               `json:"conn"`             // the connection's number at the proxy, from 1
	Nth        int               `json:"nth,omitempty"`    // the request's number on its connection, from 1
	Method     string            `json:"method,omitempty"` // HTTP only
	Path       string            `json:"path,omitempty"`
	Header     map[string]string `json:"header,omitempty"` // lower-case names
	BodyHash   string            `json:"bodyhash,omitempty"`
	Status     int               `json:"status,omitempty"`
	Shape      string            `json:"shape,omitempty"` // of the fault that it met
	Took       service.Duration  `json:"took"`            // from its arrival
	End        CallEnd           `json:"end"`
}

// Line is a line of the instance's output.
type Line struct {
	Stream string `json:"stream"` // stdout, stderr
	Text   string `json:"text"`
	Cut    int    `json:"cut,omitempty"` // bytes left out of an overlong line
}

// Flood says that an instance wrote more than is kept.
type Flood struct {
	Lines int   `json:"lines"` // lines left out
	Bytes int64 `json:"bytes"`
}

// Scrape is what a metrics endpoint answered.
type Scrape struct {
	Label    string   `json:"label,omitempty"` // before, after, …: which moment of the drill
	Status   int      `json:"status"`
	Error    string   `json:"error,omitempty"`
	Families []Family `json:"families,omitempty"`
	Via      string   `json:"via,omitempty"` // "" for the endpoint, "otlp" for pushed metrics
}

// Family is a metric with all its series.
type Family struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"` // counter, gauge, histogram, summary, untyped
	Unit   string   `json:"unit,omitempty"`
	Series []Series `json:"series"`
}

// Series is one labelled series of a [Family].
type Series struct {
	Labels    map[string]string `json:"labels,omitempty"`
	Value     float64           `json:"value,omitempty"` // counter, gauge, untyped
	Count     float64           `json:"count,omitempty"` // histogram, summary
	Sum       float64           `json:"sum,omitempty"`
	Buckets   []Bucket          `json:"buckets,omitempty"`   // cumulative, ascending, the one at +Inf left out
	Quantiles []float64         `json:"quantiles,omitempty"` // of a summary: which it offers
	Native    bool              `json:"native,omitempty"`    // an exponential histogram
}

// Bucket counts the observations up to and including Le.
type Bucket struct {
	Le    float64 `json:"le"`
	Count float64 `json:"count"`
}

// Span is a span that the service exported.
type Span struct {
	Trace  string            `json:"trace"`
	Span   string            `json:"span"`
	Parent string            `json:"parent,omitempty"`
	Name   string            `json:"name"`
	Kind   string            `json:"kind"` // server, client, internal, producer, consumer
	Took   service.Duration  `json:"took"`
	Attrs  map[string]string `json:"attrs,omitempty"`
	Status string            `json:"status,omitempty"` // ok, error
}

// Stall says that the machine did not run golive for a while: what was
// measured meanwhile may be the machine's doing.
type Stall struct {
	Took service.Duration `json:"took"`
}

// Canary is a made-up piece of personal data that was sent. Whether it turned
// up again is for a check to find, in the lines, scrapes and spans.
type Canary struct {
	Channel string `json:"channel"` // path, query, header, cookie, json, form, basic-auth, malformed-body, user-agent
	What    string `json:"what"`    // mail, name, card, phone, token
	Value   string `json:"value"`
	Token   string `json:"token"`   // the part of Value that occurs nowhere else
	Request string `json:"request"` // the ID of the request that carried it
}

// Problem returns the problem of the given trial or, failing that, of the
// whole drill; nil when the trial is evidence.
func (r *Recording) Problem(trial string) *Problem {
	for _, e := range r.Events {
		if e.Problem != nil && (e.Trial == "" || e.Trial == trial) {
			return e.Problem
		}
	}
	return nil
}

// Trials returns the names of the recording's trials, in the order of their
// first events. A drill that could not begin has none.
func (r *Recording) Trials() []string {
	var names []string
	for _, e := range r.Events {
		if e.Trial != "" && !slices.Contains(names, e.Trial) {
			names = append(names, e.Trial)
		}
	}
	return names
}

// Trial returns the events of one trial.
func (r *Recording) Trial(name string) []Event {
	var events []Event
	for _, e := range r.Events {
		if e.Trial == name {
			events = append(events, e)
		}
	}
	return events
}

// Recorder collects the events of a running drill. It is safe for concurrent
// use. The zero value is not usable; see [NewRecorder].
type Recorder struct {
	began time.Time
	mu    sync.Mutex
	list  []Event
	drill string
}

// NewRecorder returns a recorder for the drill called name, which begins now.
func NewRecorder(drill string) *Recorder {
	return &Recorder{began: time.Now(), drill: drill}
}

// Since returns how long after the drill's beginning t was.
func (r *Recorder) Since(t time.Time) service.Duration {
	return service.Duration(t.Sub(r.began).Round(10 * time.Microsecond))
}

// Add appends e, which happened at t.
func (r *Recorder) Add(t time.Time, e Event) {
	e.At = max(0, r.Since(t))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, e)
}

// Forget drops the events of a trial that is about to be repeated.
func (r *Recorder) Forget(trial string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = slices.DeleteFunc(r.list, func(e Event) bool { return e.Trial == trial })
}

// Trial returns a handle that adds events under the trial's name.
func (r *Recorder) Trial(name string) *TrialRecorder {
	return &TrialRecorder{rec: r, name: name}
}

// Recording returns all that was added so far, by time.
func (r *Recorder) Recording() *Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := slices.Clone(r.list)
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return &Recording{Drill: r.drill, Began: r.began, Took: time.Since(r.began), Events: events}
}

// Add appends e, which happened at when, under the trial's name and, unless
// e has one, the phase in force.
func (t *TrialRecorder) Add(when time.Time, e Event) {
	e.Trial = t.name
	if e.Phase == "" {
		e.Phase = t.Phase()
	}
	t.rec.Add(when, e)
}

// Notef appends a step that the drill takes now.
func (t *TrialRecorder) Notef(format string, args ...any) {
	t.Add(time.Now(), Event{Note: &Note{Text: fmt.Sprintf(format, args...)}})
}

// Problemf says that this trial is no evidence, and why.
func (t *TrialRecorder) Problemf(lines []string, format string, args ...any) {
	t.Add(time.Now(), Event{Problem: &Problem{Text: fmt.Sprintf(format, args...), Lines: lines}})
}
