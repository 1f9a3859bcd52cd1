package main

import "time"

var _ = register(mutant{
	name: "ready-before-serving", requirement: "deployment/startup",
	sentence: "is ready at once and answers every request with 503 for another second",
	breaks:   func(b *behaviour) { b.warmUp = time.Second },
})
