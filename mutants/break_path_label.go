package main

import (
	"fmt"
	"hash/fnv"
	"net/http"
)

var _ = register(mutant{
	name: "path-label", requirement: "observability/cardinality",
	sentence: "labels requests with a digest of their raw path, so that every path makes series of its own",
	breaks: func(b *behaviour) {
		b.route = func(pattern string, r *http.Request) string {
			digest := fnv.New32a()
			_, _ = digest.Write([]byte(r.URL.Path)) // never fails
			return fmt.Sprintf("%s %08x", pattern, digest.Sum32())
		}
	},
})
