package kit

import (
	"io"
	"os"
	"time"

	"github.com/golive-dev/golive/kit/inbound"
)

// Options say what a process is made of. Only Name is needed.
type Options struct {
	Name    string // the service, in every line, metric and span; required
	Version string // service.version of its spans

	// Objective is the latency that the service's SLO sets as threshold: a
	// bucket of its histograms ends there, so that the share of good requests
	// can be read exactly. The default is 500 ms.
	Objective time.Duration

	// MaxInFlight is how many requests are served at once; more are answered
	// 503 with Retry-After. The default is 1,000. Adaptive lets the limit
	// follow the latency that it sees.
	MaxInFlight int
	Adaptive    bool

	// Inbound sets the limits of requests. Its telemetry is filled in.
	Inbound inbound.Options

	Lookup func(string) (string, bool) // default os.LookupEnv
	Out    io.Writer                   // takes the log lines; default standard output

	// Listening, when set, hears the addresses of both ports once they are open.
	Listening func(service, ops string)

	sole bool // nobody else runs in this process
}

func (o Options) withDefaults() Options {
	if o.Lookup == nil {
		o.Lookup = os.LookupEnv
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Objective == 0 {
		o.Objective = 500 * time.Millisecond
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 1000
	}
	return o
}
