package main

import (
	"net/http"
	"time"
)

var _ = register(mutant{
	name: "inverted-timeouts", requirement: "resilience/timeouts",
	sentence: "answers within its budget, while the call that it gave up on goes on for 5 s",
	breaks: func(b *behaviour) {
		b.client = func(time.Duration) *http.Client { return boundedClient(5 * time.Second) }
		b.patience = func(budget time.Duration) time.Duration { return budget }
	},
})
