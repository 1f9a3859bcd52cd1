package main

import (
	"net/http"
	"time"
)

var _ = register(mutant{
	name: "no-timeout", requirement: "resilience/timeouts",
	sentence: "calls its dependencies without any timeout, as http.DefaultClient does",
	breaks: func(b *behaviour) {
		b.client = func(time.Duration) *http.Client { return &http.Client{Transport: transport(0)} }
	},
})
