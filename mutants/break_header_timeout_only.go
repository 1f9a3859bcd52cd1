package main

import (
	"net/http"
	"time"
)

var _ = register(mutant{
	name: "header-timeout-only", requirement: "resilience/timeouts",
	sentence: "bounds the dial and the wait for headers, and not the body",
	breaks: func(b *behaviour) {
		b.client = func(budget time.Duration) *http.Client {
			t := transport(budget)
			t.ResponseHeaderTimeout = budget
			return &http.Client{Transport: t}
		}
	},
})
