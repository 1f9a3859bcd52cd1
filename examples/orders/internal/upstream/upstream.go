// Package upstream calls the services that this one depends on. golive.yaml
// declares the same budgets, and what happens without each.
package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

// Clients makes the client of one dependency: [kit.Service.Client].
type Clients func(outbound.Config) (*http.Client, error)

// put sends body under a path of base and decodes the answer into it, if
// its status is good.
func put(ctx context.Context, client *http.Client, to *url.URL, header http.Header, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, to.String(), bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header = header.Clone()
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return plain(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("answered %d", resp.StatusCode)
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return errors.New("answered what is not the JSON that was asked for")
	}
	return nil
}

// plain takes the URL out of a client's error.
func plain(err error) error {
	if failure, ok := outbound.AsError(err); ok {
		return failure
	}
	return errors.New("the request could not be made")
}

// prober asks whether a dependency is there. It is not the dependency's
// client, whose breaker would have it wait: package health bounds each look,
// and logs what changes.
var prober = &http.Client{Transport: &http.Transport{
	DialContext: (&net.Dialer{Timeout: time.Second}).DialContext,
}}

// ping is a check for package health.
func ping(base *url.URL) func(context.Context) error {
	to := base.JoinPath("ping").String()
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
		if err != nil {
			return err
		}
		resp, err := prober.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode >= 300 {
			return fmt.Errorf("answered %d", resp.StatusCode)
		}
		return nil
	}
}
