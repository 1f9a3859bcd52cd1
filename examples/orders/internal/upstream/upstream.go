// Package upstream calls the services that this one depends on. golive.yaml
// declares the same budgets, and what happens without each.
package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

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

// ping is a check for package health: whether the dependency answers, whatever
// its client would make of it.
func ping(client *http.Client, base *url.URL) func(context.Context) error {
	return outbound.Ping(client, base.JoinPath("ping").String())
}

// plain takes the URL out of a client's error.
func plain(err error) error {
	if failure, ok := outbound.AsError(err); ok {
		return failure
	}
	return errors.New("the request could not be made")
}
