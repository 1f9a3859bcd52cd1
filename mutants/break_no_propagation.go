package main

var _ = register(mutant{
	name: "no-propagation", requirement: "observability/trace-propagation",
	sentence: "calls its dependencies without a traceparent",
	breaks: func(b *behaviour) {
		b.outgoing = func(_, _ span) string { return "" }
	},
})
