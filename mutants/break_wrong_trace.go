package main

import "sync"

var _ = register(mutant{
	name: "wrong-trace", requirement: "observability/log-trace-correlation",
	sentence: "gives a request's lines the trace id of the request before it, as a pooled context would",
	breaks: func(b *behaviour) {
		var mu sync.Mutex
		last := newSpan()
		b.traced = func(request span) span {
			mu.Lock()
			defer mu.Unlock()
			previous := last
			last = request
			return previous
		}
	},
})
