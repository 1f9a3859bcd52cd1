package switches_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/golive-dev/golive/kit/switches"
)

var quiet = slog.New(slog.DiscardHandler)

// A costly function that can be turned off while the service runs.
func Example_file() {
	dir, _ := os.MkdirTemp("", "switches")
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "switches.json")

	set := switches.New(switches.Options{File: file, Log: quiet})
	recommend := set.Switch("recommendations", "orders come without recommendations", true)
	fmt.Println("recommend:", recommend.On())

	// Someone changes the ConfigMap. Run would read it within 2 s.
	_ = os.WriteFile(file, []byte(`{"recommendations": false}`), 0o600)
	_ = set.Reload()
	fmt.Println("recommend:", recommend.On())
	// Output:
	// recommend: true
	// recommend: false
}
