package main

import "log/slog"

var _ = register(mutant{
	name: "silent-fallback", requirement: "observability/log-boundaries",
	sentence: "does without a dependency and writes no line about that",
	breaks: func(b *behaviour) {
		b.failed = func(*upstream, error) []slog.Attr { return nil }
	},
})
