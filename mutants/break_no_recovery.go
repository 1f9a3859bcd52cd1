package main

var _ = register(mutant{
	name: "no-recovery", requirement: "resilience/recovery",
	sentence: "has a breaker that opens after three failures in a row and never closes",
	breaks: func(b *behaviour) {
		b.admit = func(failuresInRow int64) bool { return failuresInRow < 3 }
	},
})
