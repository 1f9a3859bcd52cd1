package main

import "net/http"

var _ = register(mutant{
	name: "stop-at-once", requirement: "deployment/graceful-shutdown",
	sentence: "exits with 0 as soon as it gets SIGTERM",
	breaks: func(b *behaviour) {
		b.stop = func(*instance, *http.Server) error { return nil }
	},
})
