package main

var _ = register(mutant{
	name: "fallback-unflagged", requirement: "resilience/fallback",
	sentence: "makes a price up without prices, and does not say so",
	breaks: func(b *behaviour) {
		b.unpriced = func() answer { return answer{201, map[string]any{"reserved": true, "price": 0}} }
	},
})
