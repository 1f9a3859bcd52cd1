package main

var _ = register(mutant{
	name: "live-follows-dependency", requirement: "deployment/liveness",
	sentence: "says that it is not alive while inventory is away",
	breaks: func(b *behaviour) {
		b.live = func(s state) bool { return s.inventory || !s.seen }
	},
})
