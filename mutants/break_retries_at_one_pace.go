package main

import (
	"math/rand/v2"
	"time"
)

var _ = register(mutant{
	name: "retries-at-one-pace", requirement: "resilience/retries",
	sentence: "waits about 400 ms before each attempt, however many have failed",
	breaks: func(b *behaviour) {
		b.again.wait = func(int) time.Duration { return firstWait*9/10 + rand.N(firstWait/5) }
	},
})
