package service

// FileName is the name of the declaration in a service's directory.
const FileName = "golive.yaml"

// Service is a golive.yaml. The zero value of a field means that the owner
// did not state it; methods give the defaults.
type Service struct {
	Name         string          `yaml:"service" json:"service"`
	Tier         int             `yaml:"tier" json:"tier,omitempty"`
	Owner        Owner           `yaml:"owner" json:"owner,omitzero"`
	Run          Run             `yaml:"run" json:"run,omitzero"`
	Endpoints    Endpoints       `yaml:"endpoints" json:"endpoints,omitzero"`
	Config       []Variable      `yaml:"config" json:"config,omitempty"`
	Dependencies []Dependency    `yaml:"dependencies" json:"dependencies,omitempty"`
	Traffic      []Traffic       `yaml:"traffic" json:"traffic,omitempty"`
	SLOs         []SLO           `yaml:"slo" json:"slo,omitempty"`
	Severities   []SeverityClass `yaml:"severities" json:"severities,omitempty"`

	// Lines holds the line in golive.yaml of each key, by dotted path
	// ("dependencies.payments.timeout"). What an item of a list holds
	// goes by the item's name ("traffic.place order.expect") or else by its
	// index, from 0; the item itself by both.
	Lines map[string]int `yaml:"-" json:"lines,omitempty"`
}

// Owner is the team that answers for the service.
type Owner struct {
	Team       string    `yaml:"team" json:"team,omitempty"`
	Contacts   []Contact `yaml:"contacts" json:"contacts,omitempty"`
	Alternates []Contact `yaml:"alternates" json:"alternates,omitempty"`
	Experts    []Contact `yaml:"experts" json:"experts,omitempty"`
	OnCall     string    `yaml:"oncall" json:"oncall,omitempty"`
}

// Contact is a person. In golive.yaml a plain string is a Contact with that name.
type Contact struct {
	Name  string `yaml:"name" json:"name,omitempty"`
	Email string `yaml:"email" json:"email,omitempty"`
	Phone string `yaml:"phone" json:"phone,omitempty"`
}

// Run says how a process of the service (or of a dependency) is built and
// started. Values may hold ${port}, the free port chosen for the process,
// ${port.ops}, a second one of the service itself, ${dir}, a scratch directory of its own, and in the service itself
// ${NAME.url}, ${NAME.host} and ${NAME.port} of each dependency, of a
// PostgreSQL also ${NAME.user}, ${NAME.password} and ${NAME.database}, and
// ${otlp.url}, the OTLP/HTTP receiver.
type Run struct {
	Build   string   `yaml:"build" json:"build,omitempty"`     // a shell command, run once in the service's directory
	Command []string `yaml:"command" json:"command,omitempty"` // argv; no shell unless it names one
	Env     []Pair   `yaml:"env" json:"env,omitempty"`         // a mapping in YAML, in the order written
	Files   []Pair   `yaml:"files" json:"files,omitempty"`     // secrets as a platform mounts them: name in ${dir} → content
	Dir     string   `yaml:"dir" json:"dir,omitempty"`         // working directory, relative to golive.yaml's
	Start   Duration `yaml:"start" json:"start,omitempty"`     // how long a start may take; see StartLimit
	Grace   Duration `yaml:"grace" json:"grace,omitempty"`     // from SIGTERM to SIGKILL; see GracePeriod
}

// Pair is one entry of a mapping whose order matters.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Endpoints tells where a running instance answers. The paths are relative to
// Ops where it is stated, else to URL.
type Endpoints struct {
	URL     string   `yaml:"url" json:"url,omitempty"` // default http://127.0.0.1:${port}
	Ops     string   `yaml:"ops" json:"ops,omitempty"` // where the paths below are answered, if not at URL: http://127.0.0.1:${port.ops}
	Live    string   `yaml:"live" json:"live,omitempty"`
	Ready   string   `yaml:"ready" json:"ready,omitempty"`
	Metrics string   `yaml:"metrics" json:"metrics,omitempty"`
	Period  Duration `yaml:"period" json:"period,omitempty"` // how often the platform asks readiness
}

// Variable is an environment variable that the service reads.
type Variable struct {
	Name     string       `json:"name"` // the key in YAML
	Kind     VariableKind `yaml:"kind" json:"kind,omitempty"`
	Required *bool        `yaml:"required" json:"required,omitempty"` // default: true
}

// VariableKind is the type of a variable's value.
type VariableKind string

// The kinds of variables. A malformed string cannot be made, so only a
// missing one is tried.
const (
	StringVar   VariableKind = "string"
	IntVar      VariableKind = "int"
	BoolVar     VariableKind = "bool"
	PortVar     VariableKind = "port"
	URLVar      VariableKind = "url"
	DurationVar VariableKind = "duration"
)

// Dependency is something the service calls.
type Dependency struct {
	Name     string         `json:"name"` // the key in YAML
	Kind     DependencyKind `yaml:"kind" json:"kind"`
	Critical bool           `yaml:"critical" json:"critical,omitempty"` // readiness follows it
	Timeout  Duration       `yaml:"timeout" json:"timeout,omitempty"`   // of one attempt
	Attempts int            `yaml:"attempts" json:"attempts,omitempty"` // including the first; default 1
	Storm    float64        `yaml:"storm" json:"storm,omitempty"`       // the most calls per request while it is down; see StormFactor
	Without  Without        `yaml:"without" json:"without,omitzero"`    // what a request that needs it gets when it is down
	Recovery Duration       `yaml:"recovery" json:"recovery,omitempty"` // from its repair to error rate 0; see RecoveryLimit

	// Where the real thing comes from; at most one is set. With none, kinds
	// postgres and redis run from the binaries on the machine.
	Stub *Stub  `yaml:"stub" json:"stub,omitempty"`
	Run  *Run   `yaml:"run" json:"run,omitempty"`
	URL  string `yaml:"url" json:"url,omitempty"`

	// Missing says what happens where the real thing cannot be had.
	Missing Missing `yaml:"missing" json:"missing,omitempty"`
}

// Missing is what a review does on a machine that has no real thing to put
// behind a dependency.
type Missing string

// The zero value stops the drills. LeaveOut runs the service without the
// dependency; see [Service.Without].
const LeaveOut Missing = "leave-out"

// DependencyKind is the protocol that a dependency speaks.
type DependencyKind string

// The kinds of dependencies. HTTP ones are seen request by request, the
// others as byte streams.
const (
	HTTP     DependencyKind = "http"
	GRPC     DependencyKind = "grpc"
	TCP      DependencyKind = "tcp"
	Postgres DependencyKind = "postgres"
	Redis    DependencyKind = "redis"
	MySQL    DependencyKind = "mysql"
	Kafka    DependencyKind = "kafka"
	AMQP     DependencyKind = "amqp"
)

// Without is what a request gets when a dependency that it uses is down. In
// golive.yaml a plain string is a Without with that Do.
type Without struct {
	Do     Fallback `yaml:"do" json:"do,omitempty"`
	Status int      `yaml:"status" json:"status,omitempty"` // of fail: the status code; 0: any 5xx, always the same
	Flag   string   `yaml:"flag" json:"flag,omitempty"`     // of degraded: text found in a header or the body of each degraded answer
}

// Fallback is a decided behaviour without a dependency.
type Fallback string

// The fallbacks of the standard.
const (
	Fail     Fallback = "fail"     // an error status
	Stale    Fallback = "stale"    // the last good answer
	Degraded Fallback = "degraded" // an answer with less in it, which says so
)

// Stub is an HTTP upstream that golive itself plays.
type Stub struct {
	Status  int      `yaml:"status" json:"status,omitempty"` // default 200
	Headers []Pair   `yaml:"headers" json:"headers,omitempty"`
	Body    string   `yaml:"body" json:"body,omitempty"`
	JSON    any      `yaml:"json" json:"json,omitempty"` // instead of Body; sets Content-Type; numbers are a [json.Number]
	Latency Duration `yaml:"latency" json:"latency,omitempty"`
	Routes  []Route  `yaml:"routes" json:"routes,omitempty"` // tried first, in order
}

// Route is an answer of a [Stub] to one method and path.
type Route struct {
	Request string `yaml:"request" json:"request"` // "GET /accounts/" – a trailing slash matches what lies below
	Stub    `yaml:",inline"`
}

// Traffic is one request that users send. ${uuid} and ${seq} in the path,
// headers and body are new for each request.
type Traffic struct {
	Name    string   `yaml:"name" json:"name"`
	Request string   `yaml:"request" json:"request"` // "POST /orders"
	Headers []Pair   `yaml:"headers" json:"headers,omitempty"`
	JSON    any      `yaml:"json" json:"json,omitempty"`       // the body, as JSON; numbers are a [json.Number]
	Body    string   `yaml:"body" json:"body,omitempty"`       // the body, as it is
	Expect  int      `yaml:"expect" json:"expect,omitempty"`   // default 200
	Uses    []string `yaml:"uses" json:"uses,omitempty"`       // dependencies that it needs
	Peak    string   `yaml:"peak" json:"peak,omitempty"`       // "200/s"
	Timeout Duration `yaml:"timeout" json:"timeout,omitempty"` // the request's own budget; see Service.RequestBudget
}

// SLO is a service level objective, from the customer's view.
type SLO struct {
	Name      string   `yaml:"name" json:"name"`
	Objective float64  `yaml:"objective" json:"objective"` // per cent
	Window    Duration `yaml:"window" json:"window,omitempty"`
	Latency   Duration `yaml:"latency" json:"latency,omitempty"` // threshold: slower is bad
	SLA       float64  `yaml:"sla" json:"sla,omitempty"`         // per cent, what the contract says
	Policy    string   `yaml:"policy" json:"policy,omitempty"`   // the error budget policy's document
}

// SeverityClass documents one class of alerts: what it means and how soon
// somebody acts.
type SeverityClass struct {
	Name     string   `json:"name"` // the key in YAML
	Priority string   `yaml:"priority" json:"priority,omitempty"`
	Means    string   `yaml:"means" json:"means,omitempty"`
	Respond  Duration `yaml:"respond" json:"respond,omitempty"`
}
