package main

var _ = register(mutant{
	name: "one-pool-for-all", requirement: "resilience/isolation",
	sentence: "shares 16 connections between its dependencies, so that the one that hangs takes all",
	breaks: func(b *behaviour) {
		shared := newLanes(16)
		b.lanes = func(string) lanes { return shared }
	},
})
