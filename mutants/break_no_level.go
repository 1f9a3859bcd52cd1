package main

import (
	"io"
	"log/slog"
)

var _ = register(mutant{
	name: "no-level", requirement: "observability/structured-logs",
	sentence: "writes JSON lines that have no level",
	breaks: func(b *behaviour) {
		b.lines = func(out io.Writer) slog.Handler {
			return slog.NewJSONHandler(out, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
				if a.Key == slog.LevelKey {
					return slog.Attr{}
				}
				return schemaNames(groups, a)
			}})
		}
	},
})
