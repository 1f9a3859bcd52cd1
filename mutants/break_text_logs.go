package main

import (
	"io"
	"log/slog"
)

var _ = register(mutant{
	name: "text-logs", requirement: "observability/structured-logs",
	sentence: "writes its log as text: the same fields, and no JSON",
	breaks: func(b *behaviour) {
		b.lines = func(out io.Writer) slog.Handler {
			return slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: schemaNames})
		}
	},
})
