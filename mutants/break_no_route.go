package main

import "net/http"

var _ = register(mutant{
	name: "no-route", requirement: "observability/golden-signals",
	sentence: "measures all routes as one, so that a slow one hides among the others",
	breaks: func(b *behaviour) {
		b.route = func(string, *http.Request) string { return "" }
	},
})
