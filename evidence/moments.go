package evidence

import (
	"iter"
	"time"

	"github.com/golive-dev/golive/service"
)

// pick yields the events of one type, each with the time at which it
// happened, counted from the drill's beginning.
func pick[T any](events []Event, of func(*Event) *T) iter.Seq2[service.Duration, *T] {
	return func(yield func(service.Duration, *T) bool) {
		for i := range events {
			if v := of(&events[i]); v != nil && !yield(events[i].At, v) {
				return
			}
		}
	}
}

// In returns the events of one phase.
func In(phase string, events []Event) []Event {
	var list []Event
	for _, e := range events {
		if e.Phase == phase {
			list = append(list, e)
		}
	}
	return list
}

// Requests yields the requests among the events and when each was due.
func Requests(events []Event) iter.Seq2[service.Duration, *Request] {
	return pick(events, func(e *Event) *Request { return e.Request })
}

// Calls yields the calls and when each arrived. A call belongs to the phase
// in which it ended.
func Calls(events []Event) iter.Seq2[service.Duration, *Call] {
	return pick(events, func(e *Event) *Call { return e.Call })
}

// Lines yields the lines of output.
func Lines(events []Event) iter.Seq2[service.Duration, *Line] {
	return pick(events, func(e *Event) *Line { return e.Line })
}

// Instances yields the changes of state of the trial's instance.
func Instances(events []Event) iter.Seq2[service.Duration, *Instance] {
	return pick(events, func(e *Event) *Instance { return e.Instance })
}

// Stalled returns for how long the machine stood still between two moments.
func Stalled(events []Event, from, to service.Duration) time.Duration {
	var sum service.Duration
	for _, e := range events {
		if e.Stall != nil {
			sum += max(0, min(to, e.At+e.Stall.Took)-max(from, e.At))
		}
	}
	return sum.D()
}

// Spans yields the exported spans.
func Spans(events []Event) iter.Seq2[service.Duration, *Span] {
	return pick(events, func(e *Event) *Span { return e.Span })
}

// Canaries yields the personal data that was sent.
func Canaries(events []Event) iter.Seq2[service.Duration, *Canary] {
	return pick(events, func(e *Event) *Canary { return e.Canary })
}

// Probes yields the probes of one endpoint.
func Probes(events []Event, endpoint string) iter.Seq2[service.Duration, *Probe] {
	return pick(events, func(e *Event) *Probe {
		if e.Probe == nil || e.Probe.Endpoint != endpoint {
			return nil
		}
		return e.Probe
	})
}

// Scrapes yields the scrapes with the given label, "" for all.
func Scrapes(events []Event, label string) iter.Seq2[service.Duration, *Scrape] {
	return pick(events, func(e *Event) *Scrape {
		if e.Scrape == nil || label != "" && e.Scrape.Label != label {
			return nil
		}
		return e.Scrape
	})
}

// Faults yields the faults that were put before a dependency (on) or taken
// away.
func Faults(events []Event, on bool) iter.Seq2[service.Duration, *Fault] {
	return pick(events, func(e *Event) *Fault {
		if e.Fault == nil || e.Fault.On != on {
			return nil
		}
		return e.Fault
	})
}

// First returns the first of a sequence, and whether there is one.
func First[T any](seq iter.Seq2[service.Duration, *T]) (at service.Duration, v *T, ok bool) {
	for at, v := range seq {
		return at, v, true
	}
	return 0, nil, false
}

// InState returns when the trial's instance first had the state, and whether
// it had.
func InState(events []Event, state InstanceState) (at service.Duration, i *Instance, ok bool) {
	for at, i := range Instances(events) {
		if i.State == state {
			return at, i, true
		}
	}
	return 0, nil, false
}

// End returns when a request that was due at the given time was answered or
// given up.
func (r *Request) End(at service.Duration) time.Duration { return at.D() + r.Took.D() }
