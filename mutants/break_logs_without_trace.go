package main

var _ = register(mutant{
	name: "logs-without-trace", requirement: "observability/log-trace-correlation",
	sentence: "gives the lines of every request the trace id of the process instead of the request's",
	breaks: func(b *behaviour) {
		process := newSpan()
		b.traced = func(span) span { return process }
	},
})
