package main

var _ = register(mutant{
	name: "exit-nonzero", requirement: "deployment/graceful-shutdown",
	sentence: "exits with 1 after a stop that lost nothing",
	breaks:   func(b *behaviour) { b.exit = 1 },
})
