package main

var _ = register(mutant{
	name: "retries-in-lockstep", requirement: "resilience/retries",
	sentence: "tries again after exactly 400 and 800 ms, as every other caller does",
	breaks: func(b *behaviour) {
		b.again.wait = doubled
	},
})
