package main

var _ = register(mutant{
	name: "no-slo-bucket", requirement: "observability/percentiles",
	sentence: "has no bucket edge at 500 ms, the threshold of its objective",
	breaks: func(b *behaviour) {
		b.buckets = []float64{.005, .01, .025, .05, .1, .2, .3, .4, .6, .8, 1, 2.5, 5, 10}
	},
})
