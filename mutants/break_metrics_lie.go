package main

var _ = register(mutant{
	name: "metrics-lie", requirement: "observability/metrics-truth",
	sentence: "counts failures under status 200",
	breaks: func(b *behaviour) {
		b.status = func(status int) int {
			if status >= 500 {
				return 200
			}
			return status
		}
	},
})
