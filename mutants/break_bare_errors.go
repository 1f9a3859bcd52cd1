package main

import "log/slog"

var _ = register(mutant{
	name: "bare-errors", requirement: "observability/error-context",
	sentence: "logs that a dependency failed, and not where, for how long and at which attempt it was called",
	breaks: func(b *behaviour) {
		b.failed = func(u *upstream, _ error) []slog.Attr {
			return []slog.Attr{slog.String("dependency", u.name), slog.String("error", "no answer")}
		}
	},
})
