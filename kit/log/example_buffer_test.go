package log_test

import (
	"fmt"
	"os"

	"github.com/golive-dev/golive/kit/log"
)

// A service that logs much writes through a buffer, and closes it last.
func ExampleBuffer() {
	out := log.Buffer(os.Stdout, 0)
	logger := log.New(out, log.Options{Service: "orders", ReplaceTime: noTime})
	logger.Info("service.started")
	logger.Info("service.stopped")
	if err := out.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Println(out.Dropped(), "lines dropped")
	// Output:
	// {"level":"info","service":"orders","event":"service.started"}
	// {"level":"info","service":"orders","event":"service.stopped"}
	// 0 lines dropped
}
