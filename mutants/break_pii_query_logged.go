package main

import "log/slog"

var _ = register(mutant{
	name: "pii-query-logged", requirement: "security/pii-logs",
	sentence: "logs the query of each request",
	breaks: func(b *behaviour) {
		b.extras = func(p *exchange) []slog.Attr {
			return []slog.Attr{slog.String("query", p.request.URL.RawQuery)}
		}
	},
})
