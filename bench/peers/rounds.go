package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/golive-dev/golive/bench/peers/measure"
	"github.com/golive-dev/golive/bench/peers/part"
	"github.com/golive-dev/golive/bench/peers/peer"
)

// setting is one of the ways in which every peer is measured.
type setting struct {
	loopback, sampled bool
}

var settings = []setting{{false, false}, {false, true}, {true, false}, {true, true}}

// result holds the costs of one subject, a row of rounds for each setting. A
// part has one setting, the zero one.
type result struct {
	name  string
	costs map[setting][]measure.Cost
}

// results are in the order of the tables.
type results struct {
	peers, parts []result
}

// measureAll starts a process per subject, and lets all take turns.
func measureAll(ctx context.Context, rounds int, turn time.Duration, only string) (results, error) {
	var all results
	for i, p := range peer.All() {
		if i == 0 || wanted(p.Name, only) { // the first is what others are compared with
			all.peers = append(all.peers, result{p.Name, map[setting][]measure.Cost{}})
		}
	}
	for _, p := range part.All() {
		if wanted(p.Name, only) || isBasis(p.Name, only) {
			all.parts = append(all.parts, result{p.Name, map[setting][]measure.Cost{}})
		}
	}
	running, end, err := startAll(ctx, slices.Concat(all.peers, all.parts))
	defer end()
	if err != nil {
		return all, err
	}
	for n := range rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", n+1, rounds)
		if err := all.round(ctx, running, turn); err != nil {
			return all, err
		}
	}
	return all, nil
}

// isBasis reports whether a wanted part is compared with the one of that name.
func isBasis(name, only string) bool {
	return slices.ContainsFunc(part.All(), func(p part.Part) bool { return p.Over == name && wanted(p.Name, only) })
}

func startAll(ctx context.Context, subjects []result) (map[string]*process, func(), error) {
	running := map[string]*process{}
	end := func() {
		for _, p := range running {
			p.end()
		}
	}
	for _, s := range subjects {
		p, err := start(ctx, s.name)
		if err != nil {
			return running, end, err
		}
		running[s.name] = p
	}
	return running, end, nil
}

// round gives every subject its turn in every setting; subjects change
// fastest, so that what is compared lies close in time.
func (all results) round(ctx context.Context, running map[string]*process, turn time.Duration) error {
	for _, s := range settings {
		for _, p := range all.peers {
			cost, err := take(ctx, running[p.name], s, turn)
			if err != nil {
				return err
			}
			p.costs[s] = append(p.costs[s], cost)
		}
	}
	for _, p := range all.parts {
		cost, err := running[p.name].inProcess("", turn)
		if err != nil {
			return err
		}
		p.costs[setting{}] = append(p.costs[setting{}], cost)
	}
	return ctx.Err()
}

func take(ctx context.Context, p *process, s setting, turn time.Duration) (measure.Cost, error) {
	if s.loopback {
		return p.overLoopback(ctx, s.sampled, turn)
	}
	return p.inProcess(mode(s.sampled), turn)
}

// median returns the middle of what f finds in each round.
func median(rounds int, f func(round int) float64) float64 {
	values := make([]float64, rounds)
	for i := range values {
		values[i] = f(i)
	}
	slices.Sort(values)
	if rounds%2 == 1 {
		return values[rounds/2]
	}
	return (values[rounds/2-1] + values[rounds/2]) / 2
}

// nanoseconds is the median cost of an operation.
func (r result) nanoseconds(s setting) float64 {
	return median(len(r.costs[s]), func(i int) float64 { return r.costs[s][i].Nanoseconds() })
}

func (r result) allocations(s setting) float64 {
	return median(len(r.costs[s]), func(i int) float64 { return r.costs[s][i].AllocationsEach() })
}

// share is the median of how much of the other's throughput per core this one
// has.
func (r result) share(s setting, of result) float64 {
	return median(len(r.costs[s]), func(i int) float64 {
		return of.costs[s][i].Nanoseconds() / r.costs[s][i].Nanoseconds()
	})
}
