package main

import (
	"context"
	"errors"
)

var _ = register(mutant{
	name: "dies-without-dependency", requirement: "deployment/startup",
	sentence: "exits when prices, which is optional, is away while it starts",
	breaks: func(b *behaviour) {
		b.prepare = func(_ context.Context, i *instance) error {
			if !i.prices.answers() {
				return errors.New("prices does not answer")
			}
			return nil
		}
	},
})
