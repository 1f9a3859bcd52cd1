package shed

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options say how much work a [Limiter] lets in. The zero value is a fixed
// limit of 256 without a queue.
type Options struct {
	// Limit is how many pieces of work may be in progress at once; with Adaptive
	// it is where the limit begins. 0 means 256: what Go serves in some ten MB,
	// and with answers of 50 ms room for 5,000 a second.
	Limit int
	// Adaptive moves the limit between Min and Max by the time that work takes.
	Adaptive bool
	// Min is the lowest adaptive limit. 0 means 16: below that, ordinary bursts
	// at half load would meet it.
	Min int
	// Max is the highest adaptive limit. 0 means 1000, as in Envoy.
	Max int
	// Target is the mean time of work above which an adaptive limit shrinks. 0
	// means that it is learned: 1.5 times what work takes without a crowd.
	Target time.Duration
	// Queue is how many pieces of work may wait for a place. 0 means none: they
	// are refused at once. When it is full, work of a higher priority takes the
	// place of the last of the lowest.
	Queue int
	// Wait is the longest wait in the queue. 0 means 100 ms: a caller is better
	// off with a fast refusal than with a slow one.
	Wait time.Duration
	// NormalShare and SheddableShare say up to which share of the limit work of
	// that priority is let in; the rest is kept for more important work, and
	// critical work may fill it all. 0 means 0.8 and 0.5.
	NormalShare, SheddableShare float64
	// Log is told of refused work, at most every 10 s. nil means [slog.Default].
	Log *slog.Logger
	// Registerer gets shed_limit, shed_in_flight, shed_waiting and
	// shed_refused_total by priority. nil means that they are not registered.
	Registerer prometheus.Registerer
}

// withDefaults also mends what contradicts itself, since a service with a
// strange limit is better than one that does not start.
func (o Options) withDefaults() Options {
	o.Min, o.Max = positive(o.Min, 16), positive(o.Max, 1000)
	o.Max = max(o.Min, o.Max)
	o.Limit = positive(o.Limit, 256)
	if o.Adaptive {
		o.Limit = min(max(o.Limit, o.Min), o.Max)
	}
	o.Queue, o.Wait = max(o.Queue, 0), positive(o.Wait, 100*time.Millisecond)
	o.NormalShare, o.SheddableShare = share(o.NormalShare, 0.8), share(o.SheddableShare, 0.5)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

func positive[T int | time.Duration](v, preset T) T {
	if v <= 0 {
		return preset
	}
	return v
}

func share(v, preset float64) float64 {
	if v <= 0 || v > 1 {
		return preset
	}
	return v
}
