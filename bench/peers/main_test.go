package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/bench/peers/measure"
	"github.com/golive-dev/golive/bench/peers/part"
	"github.com/golive-dev/golive/bench/peers/peer"
)

// TestMain lets the test binary be a child as the program is.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "-child") {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestEverySubjectTakesItsTurnAndHasARow(t *testing.T) {
	all, err := measureAll(t.Context(), 1, time.Millisecond, "")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := printTables(&table, all); err != nil {
		t.Fatal(err)
	}
	for _, p := range peer.All() {
		if !strings.Contains(table.String(), "| "+p.Name) {
			t.Errorf("no row for %s:\n%s", p.Name, &table)
		}
	}
	for _, p := range part.All() {
		if !strings.Contains(table.String(), "| "+p.Name) {
			t.Errorf("no row for %s:\n%s", p.Name, &table)
		}
	}
	if strings.Contains(table.String(), "NaN") || strings.Contains(table.String(), "Inf") {
		t.Errorf("a number is missing:\n%s", &table)
	}
}

func TestOnlyKeepsWhatOthersAreComparedWith(t *testing.T) {
	all, err := measureAll(t.Context(), 1, time.Millisecond, "echo")
	if err != nil {
		t.Fatal(err)
	}
	if len(all.peers) != 2 || all.peers[0].name != peer.All()[0].Name || all.peers[1].name != "echo" {
		t.Errorf("measured %v", all.peers)
	}
}

func TestOnlyKeepsWhatAPartIsComparedWith(t *testing.T) {
	all, err := measureAll(t.Context(), 1, time.Millisecond, "kit/outbound")
	if err != nil {
		t.Fatal(err)
	}
	if len(all.parts) != 2 {
		t.Errorf("measured %d parts, want the call and its plain counterpart", len(all.parts))
	}
}

func TestAChildThatIsNobodyIsAnError(t *testing.T) {
	if err := beChild("nobody", strings.NewReader(""), &strings.Builder{}); err == nil {
		t.Error("a child became nobody")
	}
	if err := beChild(part.All()[0].Name, strings.NewReader("dance\n"), &strings.Builder{}); err == nil {
		t.Error("a child took an order that there is not")
	}
}

func TestARatioIsTakenWithinItsRound(t *testing.T) {
	// The machine was three times slower in the second round, the ratio never.
	s := setting{}
	cost := func(cpu ...time.Duration) (costs []measure.Cost) {
		for _, c := range cpu {
			costs = append(costs, measure.Cost{Operations: 1, CPU: c})
		}
		return costs
	}
	bare := result{costs: map[setting][]measure.Cost{s: cost(10, 30, 10)}}
	peer := result{costs: map[setting][]measure.Cost{s: cost(20, 60, 20)}}
	if got := peer.share(s, bare); got != 0.5 {
		t.Errorf("share %v, want 0.5", got)
	}
	if got := peer.nanoseconds(s); got != 20 {
		t.Errorf("median %v, want 20", got)
	}
	if got := difference(peer, bare); got != 10 {
		t.Errorf("difference %v, want 10", got)
	}
	if got := median(2, func(i int) float64 { return float64(i) }); got != 0.5 {
		t.Errorf("median of 0 and 1 is %v, want 0.5", got)
	}
}
