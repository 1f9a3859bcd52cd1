package inbound

import (
	"log/slog"
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/golive-dev/golive/kit/log"
)

// outcome is what log and span say of a route's requests that end with one
// status.
type outcome struct {
	status     int
	lines      *log.Handler // writes method, route and status; nil: the logger is of another make
	attributes []attribute.KeyValue
}

// outcome returns what is said of a status. Most requests of a route end alike,
// so that what was said last is kept for each class of status. That saves 60 ns
// of each line, three fields of seven being copied as one.
func (e *endpoint) outcome(status int) *outcome {
	last := &e.outcomes[min(status/100, len(e.outcomes)-1)]
	if o := last.Load(); o != nil && o.status == status {
		return o
	}
	o := e.newOutcome(status)
	last.Store(o)
	return o
}

func (e *endpoint) newOutcome(status int) *outcome {
	o := &outcome{status: status, attributes: append(slices.Clip(e.says), attribute.Int("http.response.status_code", status))}
	if e.lines != nil {
		o.lines, _ = e.lines.WithAttrs([]slog.Attr{
			slog.String("method", e.method), slog.String("route", e.route), slog.Int("status", status),
		}).(*log.Handler)
	}
	return o
}
