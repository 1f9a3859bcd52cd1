package main

import "time"

var _ = register(mutant{
	name: "metrics-wrong-unit", requirement: "observability/metrics-truth",
	sentence: "observes milliseconds in a histogram whose name says seconds",
	breaks: func(b *behaviour) {
		b.inUnit = func(took time.Duration) float64 { return 1000 * took.Seconds() }
	},
})
