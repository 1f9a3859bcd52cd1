package main

var _ = register(mutant{
	name: "retries-too-soon", requirement: "resilience/retries",
	sentence: "does not read Retry-After",
	breaks: func(b *behaviour) {
		b.again.heedsAnswer = false
	},
})
