package main

var _ = register(mutant{
	name: "retries-more-than-declared", requirement: "resilience/retries",
	sentence: "makes four attempts where three are declared",
	breaks: func(b *behaviour) {
		b.again.attempts = 4
	},
})
