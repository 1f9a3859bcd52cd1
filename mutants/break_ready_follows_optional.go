package main

var _ = register(mutant{
	name: "ready-follows-optional", requirement: "deployment/readiness",
	sentence: "goes unready while prices, which is optional, is away",
	breaks: func(b *behaviour) {
		b.ready = func(s state) bool { return s.inventory && s.prices && !s.draining }
	},
})
