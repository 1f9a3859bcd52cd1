package outbound_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

// A long answer is read as it comes, still within the call's deadline.
func ExampleStream() {
	archive := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("0123456789", 1<<20))
	}))
	defer archive.Close()
	client, err := outbound.New(outbound.Config{Name: "archive", Timeout: time.Minute, Fallback: outbound.Fail(), Log: quiet})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	req, _ := http.NewRequestWithContext(outbound.Stream(context.Background()), http.MethodGet, archive.URL, nil)
	resp, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	fmt.Println(n, err)
	// Output: 10485760 <nil>
}
