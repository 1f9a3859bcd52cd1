package observability

import (
	"errors"
	"fmt"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/live"
	"github.com/golive-dev/golive/service"
)

// scraped is what the metrics said and, where a drill made it, what they said
// before its traffic.
type scraped struct {
	where         string
	before, after *evidence.Scrape
	looked        bool // at a running service, of whose traffic nothing is known
}

// metricsOf returns the metrics of the drill traffic, or else those of a
// running service that was only looked at.
func metricsOf(p *check.Pass) (scraped, error) {
	for _, item := range evidence.All[evidence.Scrape](p.Set, live.ScrapeKind) {
		if item.Data.Status == 0 {
			return scraped{}, fmt.Errorf("%s: nothing answered (%s)", item.Source, item.Data.Error)
		}
		return scraped{where: item.Source.String(), after: &item.Data, looked: true}, nil
	}
	rec, err := p.Drill("traffic")
	if err != nil {
		return scraped{}, err
	}
	events, err := p.Trial(rec, "load")
	if err != nil {
		return scraped{}, err
	}
	m := scraped{where: "drill traffic, load"}
	_, m.before, _ = evidence.First(evidence.Scrapes(events, "before"))
	_, m.after, _ = evidence.First(evidence.Scrapes(events, "after"))
	switch {
	case m.after == nil:
		return m, errors.New(m.where + ": the metrics were not read")
	case unreadable(m.after, p.Service().Endpoints) == "" && (m.before == nil || unreadable(m.before, p.Service().Endpoints) != ""):
		return m, errors.New(m.where + ": the metrics could not be read before the traffic, so what rose with it is not known")
	}
	return m, nil
}

// uncounted is the error for a running service whose metrics do not tell yet.
func (m scraped) uncounted() error {
	return fmt.Errorf("%s: it counted no request yet for each endpoint of golive.yaml's traffic; send it some first, or let golive start the service", m.where)
}

// unreadable says why a scrape holds no metrics, "" when it holds some.
func unreadable(s *evidence.Scrape, ends service.Endpoints) string {
	from := "GET " + ends.Metrics
	if ends.Metrics == "" {
		from = "no metrics endpoint is declared (endpoints.metrics), and OTLP"
	}
	switch {
	case s.Error != "":
		return fmt.Sprintf("%s: %s", from, s.Error)
	case s.Via == "" && s.Status != 200:
		return fmt.Sprintf("%s answered %d", from, s.Status)
	case len(s.Families) == 0:
		return from + " brought no metrics"
	}
	return ""
}
