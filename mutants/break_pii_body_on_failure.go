package main

import "log/slog"

var _ = register(mutant{
	name: "pii-body-on-failure", requirement: "security/pii-logs",
	sentence: "logs the body of each request that fails with 5xx",
	breaks: func(b *behaviour) {
		b.extras = func(p *exchange) []slog.Attr {
			if p.status < 500 {
				return nil
			}
			return []slog.Attr{slog.String("body", string(p.body))}
		}
	},
})
