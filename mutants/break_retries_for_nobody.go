package main

var _ = register(mutant{
	name: "retries-for-nobody", requirement: "resilience/retries",
	sentence: "goes on trying when its caller has left",
	breaks: func(b *behaviour) {
		b.again.heedsCaller = false
	},
})
