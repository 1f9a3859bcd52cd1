package main

var _ = register(mutant{
	name: "no-client-spans", requirement: "observability/span-per-call",
	sentence: "exports a span for each request and none for its calls",
	breaks: func(b *behaviour) {
		b.exported = func(k kind) bool { return k == serverSpan }
	},
})
