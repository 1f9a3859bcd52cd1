package main

import "fmt"

var _ = register(mutant{
	name: "glued-events", requirement: "observability/log-events",
	sentence: "glues how long a request took into the name of its event",
	breaks: func(b *behaviour) {
		b.event = func(p *exchange) string { return fmt.Sprintf("request completed in %s", p.took) }
	},
})
