package main

var _ = register(mutant{
	name: "fallback-wavers", requirement: "resilience/fallback",
	sentence: "answers without inventory sometimes 503 and sometimes 200",
	breaks: func(b *behaviour) {
		declared := b.without
		b.without = func(failures int64) answer {
			if failures%2 == 0 {
				return answer{200, map[string]any{"stock": 0}}
			}
			return declared(failures)
		}
	},
})
