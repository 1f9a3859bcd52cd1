package main

var _ = register(mutant{
	name: "fallback-500", requirement: "resilience/fallback",
	sentence: "answers 500 without inventory, where 503 is declared",
	breaks: func(b *behaviour) {
		b.without = func(int64) answer { return answer{500, map[string]any{"error": "internal error"}} }
	},
})
