package main

var _ = register(mutant{
	name: "same-span-id", requirement: "observability/trace-propagation",
	sentence: "passes the traceparent that came in on unchanged, with its caller's span id",
	breaks: func(b *behaviour) {
		b.outgoing = func(parent, _ span) string { return parent.traceparent() }
	},
})
