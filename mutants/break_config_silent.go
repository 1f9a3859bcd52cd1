package main

var _ = register(mutant{
	name: "config-silent", requirement: "deployment/config-from-environment",
	sentence: "exits with 1 when a variable is missing or malformed, without naming it",
	breaks: func(b *behaviour) {
		b.complaint = func(error) string { return "the configuration is invalid" }
	},
})
