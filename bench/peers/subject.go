package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/golive-dev/golive/bench/peers/measure"
	"github.com/golive-dev/golive/bench/peers/part"
	"github.com/golive-dev/golive/bench/peers/peer"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// findPeer and findPart find what a child process is to be by its name.
func findPeer(name string) (peer.Peer, bool) {
	for _, p := range peer.All() {
		if p.Name == name {
			return p, true
		}
	}
	return peer.Peer{}, false
}

func findPart(name string) (part.Part, bool) {
	for _, p := range part.All() {
		if p.Name == name {
			return p, true
		}
	}
	return part.Part{}, false
}

// wanted reports whether the user asked for a name: all without a list.
func wanted(name, only string) bool {
	for w := range strings.SplitSeq(only, ",") {
		if strings.Contains(strings.ToLower(name), strings.ToLower(strings.TrimSpace(w))) {
			return true
		}
	}
	return false
}

// buildPeer makes the service with what production would have: lines go to a
// writer that throws them away, spans through the SDK's batch processor to an
// exporter that does the same. The caller's flag decides what is sampled.
func buildPeer(p peer.Peer) (peer.Service, error) {
	traces := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())),
		sdktrace.WithBatcher(discard{}),
	)
	service, err := p.Build(peer.Means{Out: io.Discard, Traces: traces})
	if err != nil {
		return peer.Service{}, fmt.Errorf("build %s: %w", p.Name, err)
	}
	return service, nil
}

// discard is an exporter of spans that costs nothing, so that what is
// measured is the service's own work.
type discard struct{}

func (discard) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discard) Shutdown(context.Context) error                             { return nil }

// loopsOf returns what a child can be asked to repeat, by name.
func loopsOf(s peer.Service) (map[string]measure.Loop, error) {
	loops := map[string]measure.Loop{}
	for _, sampled := range []bool{false, true} {
		loop, err := measure.Handler(s, sampled)
		if err != nil {
			return nil, err
		}
		loops[mode(sampled)] = loop
	}
	return loops, nil
}

func mode(sampled bool) string {
	if sampled {
		return "sampled"
	}
	return "unsampled"
}
