package main

var _ = register(mutant{
	name: "retries-orders", requirement: "resilience/retries",
	sentence: "repeats a POST, without a key that would let it be known again",
	breaks: func(b *behaviour) {
		b.again.posts = true
	},
})
