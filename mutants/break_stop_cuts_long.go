package main

import (
	"net/http"
	"time"
)

var _ = register(mutant{
	name: "stop-cuts-long", requirement: "deployment/graceful-shutdown",
	sentence: "drains as it should and cuts what is still in flight after 2 s, with exit code 0",
	breaks: func(b *behaviour) {
		b.stop = func(i *instance, s *http.Server) error {
			i.state.change(func(now *state) { now.draining = true })
			time.Sleep(drainDelay)
			_ = shutdown(s, 2*time.Second-drainDelay) // the mutation: what is cut is nobody's business
			return nil
		}
	},
})
