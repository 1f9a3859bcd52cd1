package alerting

import (
	"errors"
	"fmt"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence/kube"
)

// openSLO is what is read of an SLO of openslo/v1.
type openSLO struct {
	Spec struct {
		Service      string      `json:"service"`
		Indicator    *openSLI    `json:"indicator"`
		IndicatorRef string      `json:"indicatorRef"`
		TimeWindow   []openTime  `json:"timeWindow"`
		Objectives   []openValue `json:"objectives"`
	} `json:"spec"`
}

type openTime struct {
	Duration string `json:"duration"`
}

type openValue struct {
	DisplayName   string   `json:"displayName"`
	Op            string   `json:"op"`
	Value         *float64 `json:"value"`
	Target        float64  `json:"target"` // a share
	TargetPercent float64  `json:"targetPercent"`
}

// openSLI is an indicator, in an SLO or by itself.
type openSLI struct {
	Spec struct {
		ThresholdMetric *openMetric `json:"thresholdMetric"`
		RatioMetric     *struct {
			Good  *openMetric `json:"good"`
			Bad   *openMetric `json:"bad"`
			Total *openMetric `json:"total"`
			Raw   *openMetric `json:"raw"`
		} `json:"ratioMetric"`
	} `json:"spec"`
}

type openMetric struct {
	MetricSource struct {
		Spec map[string]any `json:"spec"`
	} `json:"metricSource"`
}

// queries reports whether the metric says how it is read.
func (m *openMetric) queries() bool {
	if m == nil {
		return false
	}
	for _, v := range m.MetricSource.Spec {
		if text, ok := v.(string); ok && strings.TrimSpace(text) != "" {
			return true
		}
	}
	return false
}

// openSLOs returns the objectives of the repository's OpenSLO files that are
// about the service. The error names the files that could not be read.
func openSLOs(p *check.Pass) ([]objective, error) {
	objects := kube.Objects(p.Set)
	var all []objective
	var unread []error
	for i := range objects {
		o := &objects[i]
		if o.Group() != "openslo" || o.Kind != "SLO" {
			continue
		}
		if o.APIVersion != "openslo/v1" {
			unread = append(unread, fmt.Errorf("%s: golive reads OpenSLO openslo/v1, not %s", o.Source(), o.APIVersion))
			continue
		}
		var slo openSLO
		if err := o.As(&slo); err != nil {
			unread = append(unread, err)
			continue
		}
		if name := p.Service().Name; slo.Spec.Service == "" || name == "" || strings.Contains(slo.Spec.Service, name) {
			all = append(all, openObjectives(p, o, slo, objects)...)
		}
	}
	return all, errors.Join(unread...)
}

func openObjectives(p *check.Pass, o *kube.Object, slo openSLO, objects []kube.Object) []objective {
	indicator := slo.Spec.Indicator
	if indicator == nil && slo.Spec.IndicatorRef != "" {
		indicator = findSLI(slo.Spec.IndicatorRef, objects)
	}
	one := objective{name: o.Name, sla: declaredSLA(p, o.Name)}
	if len(slo.Spec.TimeWindow) > 0 {
		one.window = slo.Spec.TimeWindow[0].Duration
	}
	one.indicator, one.threshold = describe(indicator)
	if len(slo.Spec.Objectives) == 0 {
		one.where = o.Source("spec").String()
		return []objective{one}
	}
	var all []objective
	for i, v := range slo.Spec.Objectives {
		each := one
		each.where = o.Source("spec", "objectives", fmt.Sprint(i)).String()
		if each.target = v.TargetPercent; each.target == 0 {
			each.target = v.Target * 100
		}
		if indicator != nil && indicator.Spec.ThresholdMetric != nil {
			if v.Value == nil || v.Op == "" {
				each.indicator, each.threshold = "", false
			} else {
				each.indicator += fmt.Sprintf(" (%s %g)", v.Op, *v.Value)
			}
		}
		all = append(all, each)
	}
	return all
}

func findSLI(name string, objects []kube.Object) *openSLI {
	for i := range objects {
		var sli openSLI
		if o := &objects[i]; o.Group() == "openslo" && o.Kind == "SLI" && o.Name == name && o.As(&sli) == nil {
			return &sli
		}
	}
	return nil
}

// describe says what an indicator measures, or "" when it does not say; and
// whether it tells good from bad by a threshold or a count of good ones.
func describe(sli *openSLI) (text string, threshold bool) {
	if sli == nil {
		return "", false
	}
	if sli.Spec.ThresholdMetric.queries() {
		return "what its query measures", true
	}
	r := sli.Spec.RatioMetric
	if r != nil && (r.Raw.queries() || r.Total.queries() && (r.Good.queries() || r.Bad.queries())) {
		return "good events among all, as its queries count them", true
	}
	return "", false
}

// declaredSLA is the SLA that golive.yaml states for the objective of that
// name or, OpenSLO having no word for it, for any.
func declaredSLA(p *check.Pass, name string) float64 {
	var sla float64
	for _, o := range p.Service().SLOs {
		if o.Name == name {
			return o.SLA
		}
		sla = max(sla, o.SLA)
	}
	return sla
}
