package main

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"
)

var _ = register(mutant{
	name: "path-label", requirement: "observability/cardinality",
	sentence: "labels requests with their path, its ids as digests, so that every path makes series of its own",
	breaks: func(b *behaviour) {
		b.route = func(pattern string, r *http.Request) string {
			digest := fnv.New32a()
			_, _ = digest.Write([]byte(r.URL.Path)) // never fails
			id := fmt.Sprintf("%08x", digest.Sum32())
			if pattern == "/" {
				return "/" + id
			}
			return strings.ReplaceAll(pattern, "{id}", id)
		}
	},
})
