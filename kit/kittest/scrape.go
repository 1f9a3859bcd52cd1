package kittest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// accepted is the form that keeps exemplars and native histograms, or else
// text.
const accepted = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=1,text/plain;version=0.0.4;q=0.5"

// Scrape gathers from the metrics endpoint of a running service, anew each
// time: Metrics(t, Scrape("http://127.0.0.1:8081/metrics")). It waits for at
// most 30 s.
func Scrape(url string) prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", accepted)
		req.Close = true // it must not look like a leak
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s answered with status %d", url, resp.StatusCode)
		}
		return decode(expfmt.NewDecoder(resp.Body, expfmt.ResponseFormat(resp.Header)))
	})
}

func decode(d expfmt.Decoder) ([]*dto.MetricFamily, error) {
	var families []*dto.MetricFamily
	for {
		family := new(dto.MetricFamily)
		if err := d.Decode(family); errors.Is(err, io.EOF) {
			return families, nil
		} else if err != nil {
			return nil, err
		}
		families = append(families, family)
	}
}
