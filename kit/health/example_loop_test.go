package health_test

import (
	"fmt"
	"time"

	"github.com/golive-dev/golive/kit/health"
)

// A loop of the service's own shows that it goes on by beating.
func ExampleMonitor_Loop() {
	monitor := health.New(health.Options{})
	loop := monitor.Loop("outbox", time.Minute)
	for range 3 {
		loop.Beat()
		// send what is in the outbox
	}
	live, _ := monitor.Live()
	fmt.Println("live:", live)
	loop.Done() // it ended as it should
	// Output: live: true
}
