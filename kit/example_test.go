package kit_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/golive-dev/golive/kit"
)

// tried runs a service on free ports, asks it once when it is ready, stops it
// and returns what it answered.
func tried[C any](build func(*kit.Service, C) error, env map[string]string, path string) (answer string) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	env["PORT"], env["OPS_PORT"], env["PROBE_PERIOD"] = "0", "0", "10ms"
	kit.Run(ctx, kit.Options{
		Name: "example", Out: io.Discard,
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Listening: func(service, ops string) {
			go func() {
				defer stop()
				for status("http://"+local(ops)+"/readyz") != "200" {
				}
				answer = status("http://" + local(service) + path)
			}()
		},
	}, build)
	http.DefaultClient.CloseIdleConnections()
	return answer
}

// status returns the status of the answer and its body.
func status(url string) string {
	answer, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || strings.HasSuffix(url, "/readyz") {
		return fmt.Sprint(answer.StatusCode)
	}
	return fmt.Sprint(answer.StatusCode, " ", strings.TrimSpace(string(body)))
}

// The smallest service.
func ExampleRun() {
	fmt.Println(tried(hello, map[string]string{}, "/hello/ana"))
	// Output: 200 hello, ana
}
