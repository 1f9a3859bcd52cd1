package main

import "log/slog"

var _ = register(mutant{
	name: "no-remote", requirement: "observability/access-log",
	sentence: "says of each request what it was and how it ended, and not who sent it",
	breaks: func(b *behaviour) {
		b.from = func(*exchange) []slog.Attr { return nil }
	},
})
