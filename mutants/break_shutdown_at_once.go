package main

import "net/http"

var _ = register(mutant{
	name: "shutdown-at-once", requirement: "deployment/graceful-shutdown",
	sentence: "finishes what is in flight at SIGTERM, and refuses what is new before the balancer knows",
	breaks: func(b *behaviour) {
		b.stop = func(_ *instance, s *http.Server) error { return shutdown(s, finishedBy) }
	},
})
