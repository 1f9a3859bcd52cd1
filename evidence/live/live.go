// Package live collects what a running service shows to anybody who asks
// without changing anything: the answers of its endpoints and its metrics.
package live

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/rig/scrape"
	"github.com/golive-dev/golive/service"
)

// The kinds of records: ProbeKind holds an [evidence.Probe], ScrapeKind an
// [evidence.Scrape].
const (
	ProbeKind  evidence.Kind = "live/probe"
	ScrapeKind evidence.Kind = "live/scrape"
)

// timeout is how long the metrics may take.
const timeout = 10 * time.Second

// Collect asks the declared endpoints of the service at base, each once. An
// endpoint that does not answer is a record that says so, not an error. Where
// the endpoints have an address of their own that holds a variable, nobody
// knows where this instance answers them, and there are no records.
func Collect(ctx context.Context, base string, ends service.Endpoints) []evidence.Record {
	if ends.Ops != "" {
		base = ends.Ops
	}
	if strings.Contains(base, "${") {
		return nil
	}
	base = strings.TrimSuffix(base, "/")
	var records []evidence.Record
	for _, e := range []struct{ endpoint, path string }{{"live", ends.Live}, {"ready", ends.Ready}} {
		if e.path == "" {
			continue
		}
		when, p := load.Ask(ctx, e.endpoint, base+e.path)
		records = append(records, record(when, ProbeKind, base+e.path, p))
	}
	if ends.Metrics != "" {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		s := scrape.Get(ctx, http.DefaultClient, base+ends.Metrics)
		records = append(records, record(time.Now(), ScrapeKind, base+ends.Metrics, s))
	}
	return records
}

func record(at time.Time, kind evidence.Kind, url string, data any) evidence.Record {
	r := evidence.New(kind, evidence.Source{Name: "GET " + url}, data)
	r.At = at.UTC()
	return r
}
