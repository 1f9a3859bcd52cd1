package main

var _ = register(mutant{
	name: "ready-never-recovers", requirement: "deployment/readiness",
	sentence: "stays unready for ever once inventory was away",
	breaks: func(b *behaviour) {
		b.ready = func(s state) bool { return s.inventory && !s.lost && !s.draining }
	},
})
