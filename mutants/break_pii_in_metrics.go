package main

import "net/http"

var _ = register(mutant{
	name: "pii-in-metrics", requirement: "security/pii-logs",
	sentence: "has the query in the label route of its metrics",
	breaks: func(b *behaviour) {
		b.route = func(pattern string, r *http.Request) string {
			if r.URL.RawQuery == "" {
				return pattern
			}
			return pattern + "?" + r.URL.RawQuery
		}
	},
})
