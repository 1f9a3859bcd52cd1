package main

var _ = register(mutant{
	name: "no-retry-budget", requirement: "resilience/retry-storm",
	sentence: "makes all its attempts for each request of an outage",
	breaks: func(b *behaviour) {
		b.again.budgeted = false
	},
})
