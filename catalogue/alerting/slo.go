package alerting

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/docs"
	"github.com/golive-dev/golive/evidence/kube"
	"github.com/golive-dev/golive/evidence/rules"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "alerting/slo",
	Title: "An objective from the customer's view is set, stricter than the SLA, with severity classes",
	Why: `Without an objective every alert is a guess and every outage a matter of opinion. One that is
no stricter than the contract is broken together with it: nobody is warned before it costs money.`,
	Gate:  check.GoLive,
	Needs: check.Found,
	How: `golive.yaml (slo) or OpenSLO files (openslo/v1) give each objective a name, a target between 0
and 100 %, a window, and what is measured: a latency threshold, or OpenSLO's indicator with its
queries. At least one has a threshold. At least one states the SLA, and where one does its
objective is higher. golive.yaml (severities) says of each class of alerts its priority and
meaning; without that, each alert rule's label severity must be explained by a document, in
a list, a table or a section of that name. Where the drill traffic ran, the metrics that it
scraped must hold a histogram of request durations, or it stays unknown.`,
	Reads: []evidence.Kind{kube.ObjectKind, rules.AlertKind, docs.Kind, evidence.Recorded("traffic")},
	Judge: judgeSLO,
	Remedy: check.Remedy{Text: `Decide with the product's owner what a good answer is and how many must be good, a little more
than what the contract promises, and write it into golive.yaml with the classes of alerts.`,
		Patch: func(*check.Pass) string {
			return `# golive.yaml
slo:
  - {name: NAME, objective: 99.5, window: 30d, latency: 500ms, sla: 99.0, policy: docs/error-budget.md}
severities:
  emergency: {priority: P1, means: users notice now, respond: 15m}
  important: {priority: P2, means: users will notice within days, respond: 24h}
  observed: {priority: P3, means: worth a look when there is time}
`
		}},
})

// objective is an SLO, wherever it is written.
type objective struct {
	name      string
	where     string
	target    float64 // per cent
	window    string
	indicator string // what is measured; "" when nobody says
	threshold bool   // the indicator tells good from bad by a limit
	sla       float64
}

func judgeSLO(p *check.Pass) error {
	s := p.Service()
	objectives, err := openSLOs(p)
	for _, o := range s.SLOs {
		objectives = append(objectives, declaredObjective(s, o))
	}
	switch {
	case len(objectives) == 0 && err != nil:
		return err
	case len(objectives) == 0 && s.Name == "":
		return errors.New("there is neither a golive.yaml nor an OpenSLO file, so no objective is known; golive init writes a golive.yaml to begin with")
	case len(objectives) == 0:
		p.Failf(check.Found, s.Where("slo"), "no objective: golive.yaml has no slo, and the repository no OpenSLO file")
		return nil
	}
	for _, o := range objectives {
		judgeObjective(p, o)
	}
	return errors.Join(err, judgeTogether(p, objectives), judgeSeverities(p), judgeMetrics(p, objectives))
}

func declaredObjective(s *service.Service, o service.SLO) objective {
	own := objective{name: o.Name, where: s.Where("slo." + o.Name), target: o.Objective, sla: o.SLA, indicator: "answers without a server error"}
	if o.Window > 0 {
		own.window = days(o.Window)
	}
	if o.Latency > 0 {
		own.threshold = true
		own.indicator = "answers within " + o.Latency.String()
	}
	return own
}

// days writes whole days as golive.yaml does.
func days(d service.Duration) string {
	const day = 24 * 60 * 60 * 1e9
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return d.String()
}

func judgeObjective(p *check.Pass, o objective) {
	var lacks []string
	need := func(ok bool, text string) {
		if !ok {
			lacks = append(lacks, text)
		}
	}
	need(!docs.Placeholder(o.name), "has no name")
	need(o.target > 0 && o.target < 100, fmt.Sprintf("has the objective %s, which is not between 0 and 100 %%", percent(o.target)))
	need(o.window != "", "has no window, over which the objective counts")
	need(o.indicator != "", "says not what is measured: an indicator with queries is missing")
	need(o.sla == 0 || o.target > o.sla, fmt.Sprintf("has the objective %s, which is not stricter than the SLA of %s", percent(o.target), percent(o.sla)))
	for _, lack := range lacks {
		p.Failf(check.Found, o.where, "slo %s %s", o.name, lack)
	}
	if lacks != nil {
		return
	}
	text := fmt.Sprintf("slo %s: %s of %s, over %s", o.name, percent(o.target), o.indicator, o.window)
	if o.sla > 0 {
		text += fmt.Sprintf("; the SLA is %s", percent(o.sla))
	}
	p.Showf(check.Found, o.where, "%s", text)
}

// judgeTogether judges what at least one of the objectives must have.
func judgeTogether(p *check.Pass, objectives []objective) error {
	if !slices.ContainsFunc(objectives, func(o objective) bool { return o.threshold }) {
		p.Failf(check.Found, objectives[0].where, "no objective has a threshold that tells a good answer from a slow one (latency in golive.yaml)")
	}
	switch {
	case slices.ContainsFunc(objectives, func(o objective) bool { return o.sla > 0 }):
		return nil
	case p.Service().Name == "":
		return errors.New("no SLA is known to hold the objectives against; state it as sla in the slo of a golive.yaml")
	}
	p.Failf(check.Found, objectives[0].where, "no objective states the SLA that it must be stricter than (sla in the slo of golive.yaml)")
	return nil
}

func percent(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) + " %" }

// judgeMetrics looks for what the objectives are measured by among the
// metrics of the running service. That there is nothing is the finding of
// observability/golden-signals; here it leaves the objective unmeasured.
func judgeMetrics(p *check.Pass, objectives []objective) error {
	scrape, why := lastScrape(p)
	if scrape == nil {
		p.Showf(check.Declared, objectives[0].where, "whether the service measures it is not known here: %s", why)
		return nil
	}
	for _, f := range scrape.Families {
		if f.Type == "histogram" && aboutDuration(f.Name) && len(f.Series) > 0 {
			p.Showf(check.Observed, "drill traffic, load", "the service measures it: %s has %d series", f.Name, len(f.Series))
			return nil
		}
	}
	return fmt.Errorf("the service does not measure its objectives: none of its %d metrics is a histogram of request durations; see observability/golden-signals", len(scrape.Families))
}

func lastScrape(p *check.Pass) (scrape *evidence.Scrape, why string) {
	rec, err := p.Drill("traffic")
	if err != nil {
		return nil, err.Error()
	}
	for i := range rec.Events {
		if s := rec.Events[i].Scrape; s != nil && s.Error == "" && len(s.Families) > 0 {
			scrape = s
		}
	}
	return scrape, "the drill traffic scraped no metrics"
}

// The words by which servers' histograms of durations are called, across the
// usual libraries: http_request_duration_seconds, http_server_requests_seconds.
var (
	requestWords  = []string{"request", "http", "rpc"}
	durationWords = []string{"duration", "latency", "seconds", "millis", "_ms"}
)

func aboutDuration(family string) bool {
	name := strings.ToLower(family)
	holds := func(word string) bool { return strings.Contains(name, word) }
	return slices.ContainsFunc(requestWords, holds) && slices.ContainsFunc(durationWords, holds) && !strings.Contains(name, "client")
}
