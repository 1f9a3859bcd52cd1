package main

var _ = register(mutant{
	name: "config-default", requirement: "deployment/config-from-environment",
	sentence: "takes an address of its own for PRICES_URL when that is missing, and says nothing",
	breaks: func(b *behaviour) {
		b.missing = func(name string) string {
			if name == "PRICES_URL" {
				return "http://localhost:8080"
			}
			return ""
		}
	},
})
