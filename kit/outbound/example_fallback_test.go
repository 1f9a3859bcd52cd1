package outbound_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

// flaky is a dependency that can be down.
func flaky() (*httptest.Server, *atomic.Bool) {
	down := new(atomic.Bool)
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, "3 in stock")
	})), down
}

func show(client *http.Client, url string) {
	resp, err := client.Get(url)
	if failed, ok := outbound.AsError(err); ok {
		fmt.Println(failed.Dependency, "gave no answer:", failed.Status)
		return
	}
	defer resp.Body.Close()
	content, _ := io.ReadAll(resp.Body)
	kind, _ := outbound.FellBack(resp)
	fmt.Printf("%d %q, fallback %q\n", resp.StatusCode, content, kind)
}

func clientWith(f outbound.Fallback) *http.Client {
	client, err := outbound.New(outbound.Config{Name: "stock", Timeout: 5 * time.Second, Fallback: f, Log: quiet})
	if err != nil {
		panic(err)
	}
	return client
}

// The last good answer, for a while.
func ExampleStale() {
	stock, down := flaky()
	defer stock.Close()
	client := clientWith(outbound.Stale(5*time.Minute, 1000))
	defer client.CloseIdleConnections()
	show(client, stock.URL+"/items/7")
	down.Store(true)
	show(client, stock.URL+"/items/7")
	show(client, stock.URL+"/items/8") // never seen
	// Output:
	// 200 "3 in stock", fallback ""
	// 200 "3 in stock", fallback "stale"
	// stock gave no answer: 500
}

// A fixed answer that says less.
func ExampleDegraded() {
	stock, down := flaky()
	defer stock.Close()
	client := clientWith(outbound.Degraded(http.StatusOK, "text/plain", "perhaps in stock"))
	defer client.CloseIdleConnections()
	down.Store(true)
	show(client, stock.URL+"/items/7")
	// Output: 200 "perhaps in stock", fallback "degraded"
}

// No answer without the dependency.
func ExampleFail() {
	stock, down := flaky()
	defer stock.Close()
	client := clientWith(outbound.Fail())
	defer client.CloseIdleConnections()
	down.Store(true)
	show(client, stock.URL+"/items/7")
	// Output: stock gave no answer: 500
}

// A decision of one's own: reads are degraded, writes fail.
func ExampleFunc() {
	stock, down := flaky()
	defer stock.Close()
	unknown := outbound.Degraded(http.StatusOK, "text/plain", "unknown")
	client := clientWith(outbound.Func("reads", func(req *http.Request, failure error) (*http.Response, error) {
		if req.Method != http.MethodGet {
			return nil, failure
		}
		return unknown.Answer(req, failure)
	}))
	defer client.CloseIdleConnections()
	down.Store(true)
	show(client, stock.URL+"/items/7")
	// Output: 200 "unknown", fallback "reads"
}
