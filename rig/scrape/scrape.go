// Package scrape asks a metrics endpoint and writes down what it answered.
package scrape

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/golive-dev/golive/evidence"
)

const (
	maxBody = 16 << 20
	timeout = 10 * time.Second // Prometheus' default scrape_timeout

	text     = "text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1"
	protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
)

// Get asks url once and returns what it answered, with the families and their
// series sorted; Label is the caller's to set. What went wrong, be it an answer
// that does not parse, of more than 16 MiB, or none within 10 s, is in Error;
// the families are then those that could be read.
//
// It asks for text, which is what most servers scrape. Only when a histogram
// there has no buckets it asks a second time, for the protocol that can carry
// native ones. client may be nil.
func Get(ctx context.Context, client *http.Client, url string) evidence.Scrape {
	if client == nil {
		t := &http.Transport{DisableKeepAlives: true}
		defer t.CloseIdleConnections()
		client = &http.Client{Transport: t}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	got := get(ctx, client, url, text)
	if got.Error == "" && slices.ContainsFunc(got.Families, withoutBuckets) {
		if again := get(ctx, client, url, protobuf); again.Error == "" && again.Status == got.Status {
			return again
		}
	}
	return got
}

func withoutBuckets(f evidence.Family) bool {
	return f.Type == "histogram" && slices.ContainsFunc(f.Series, func(s evidence.Series) bool {
		return len(s.Buckets) == 0
	})
}

func get(ctx context.Context, client *http.Client, url, accept string) evidence.Scrape {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return evidence.Scrape{Error: err.Error()}
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("User-Agent", "golive")
	resp, err := client.Do(req)
	if err != nil {
		return evidence.Scrape{Error: err.Error()}
	}
	defer resp.Body.Close()
	s := evidence.Scrape{Status: resp.StatusCode}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		s.Error = "reading the metrics: " + err.Error()
		return s
	case len(body) > maxBody:
		s.Error = "the metrics are longer than 16 MiB"
		return s
	case resp.StatusCode != http.StatusOK:
		s.Error = fmt.Sprintf("the metrics endpoint answered %d, expected 200", resp.StatusCode)
		return s
	}
	s.Families, err = Parse(resp.Header, body)
	if err != nil {
		s.Error = "the metrics do not parse: " + err.Error()
	}
	return s
}

// Parse reads the body of a metrics endpoint in the format that the header's
// Content-Type names: Prometheus text, OpenMetrics text or delimited protobuf.
// With an error it returns the families that it had read until then.
func Parse(h http.Header, body []byte) ([]evidence.Family, error) {
	units := map[string]string{}
	var parsed []*dto.MetricFamily
	var err error
	switch format := expfmt.ResponseFormat(h); {
	case format.FormatType() == expfmt.TypeProtoDelim:
		parsed, err = decode(bytes.NewReader(body), format)
	case strings.HasPrefix(h.Get("Content-Type"), expfmt.OpenMetricsType):
		body, units = classic(body)
		parsed, err = parseText(body)
	default:
		parsed, err = parseText(body)
	}
	families := make([]evidence.Family, 0, len(parsed))
	for _, f := range parsed {
		if one := family(f); len(one.Series) > 0 {
			one.Unit = cmp.Or(one.Unit, units[one.Name])
			families = append(families, one)
		}
	}
	slices.SortFunc(families, func(a, b evidence.Family) int { return strings.Compare(a.Name, b.Name) })
	return families, err
}

// parseText reads classic text. The parser panics on some malformed lines,
// "{}" among them; that is an error of the text like others.
func parseText(body []byte) (list []*dto.MetricFamily, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			list, err = nil, fmt.Errorf("malformed text: %v", cause)
		}
	}()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	lines := io.MultiReader(bytes.NewReader(body), strings.NewReader("\n")) // the last line may lack its end, to Prometheus too
	byName, err := parser.TextToMetricFamilies(lines)
	for _, f := range byName {
		list = append(list, f)
	}
	return list, err
}

func decode(r io.Reader, format expfmt.Format) ([]*dto.MetricFamily, error) {
	dec := expfmt.NewDecoder(r, format)
	var list []*dto.MetricFamily
	for {
		f := &dto.MetricFamily{}
		err := dec.Decode(f)
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		list = append(list, f)
	}
}
