// Package collect runs every collector over a service's repository. The list
// of collectors stands here and nowhere else.
package collect

import (
	"context"
	"fmt"
	"sync"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/docker"
	"github.com/golive-dev/golive/evidence/docs"
	"github.com/golive-dev/golive/evidence/files"
	"github.com/golive-dev/golive/evidence/kube"
	"github.com/golive-dev/golive/evidence/owners"
	"github.com/golive-dev/golive/evidence/rules"
	"github.com/golive-dev/golive/evidence/secrets"
)

// Collectors returns every collector, in the order of their records.
func Collectors() []files.Collector {
	return []files.Collector{
		kube.Collector{},
		docker.Collector{},
		docs.Collector{},
		owners.Collector{},
		rules.Collector{},
		secrets.Collector{},
	}
}

// Repository reads the directory once and returns what all collectors found
// in it, in the same order for the same files. The error is that of the
// directory or of ctx, never that of a file in it.
func Repository(ctx context.Context, dir string) ([]evidence.Record, error) {
	tree, err := files.Read(ctx, dir, files.Limits{})
	if err != nil {
		return nil, err
	}
	return Tree(ctx, tree)
}

// Tree returns what all collectors find in t.
func Tree(ctx context.Context, t *files.Tree) ([]evidence.Record, error) {
	collectors := Collectors()
	found := make([][]evidence.Record, len(collectors))
	failed := make([]error, len(collectors))
	var running sync.WaitGroup
	for i, c := range collectors {
		running.Go(func() { found[i], failed[i] = c.Collect(ctx, t) })
	}
	running.Wait()
	records := []evidence.Record{evidence.New(files.SummaryKind, evidence.Source{}, t.Summary())}
	for i, c := range collectors {
		if failed[i] != nil {
			return nil, fmt.Errorf("collecting %s: %w", c.Name(), failed[i])
		}
		records = append(records, found[i]...)
	}
	return records, nil
}
