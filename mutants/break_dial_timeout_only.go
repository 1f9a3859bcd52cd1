package main

import (
	"net/http"
	"time"
)

var _ = register(mutant{
	name: "dial-timeout-only", requirement: "resilience/timeouts",
	sentence: "bounds the dial, and nothing that comes after it",
	breaks: func(b *behaviour) {
		b.client = func(budget time.Duration) *http.Client { return &http.Client{Transport: transport(budget)} }
	},
})
