package main

var _ = register(mutant{
	name: "ready-always", requirement: "deployment/readiness",
	sentence: "stays ready while inventory, which is critical, is away",
	breaks: func(b *behaviour) {
		b.ready = func(s state) bool { return s.seen && !s.draining }
	},
})
