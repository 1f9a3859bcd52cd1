package spiffe_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"

	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/spiffe"
)

// Two workloads know each other by their SPIFFE IDs; here both have the same.
func Example_mutual() {
	t := newExample()
	defer t.end()
	ca := kittest.NewCA(t)
	const id = "spiffe://example.org/orders"
	agent := newAgent(t, identity(id, ca.Issue(id), ca))

	workload, err := spiffe.New(context.Background(), spiffe.Config{Address: agent.address, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer workload.Close()
	orders := tlsconfig.AuthorizeID(spiffeid.RequireFromString(id))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := &http.Server{TLSConfig: workload.Server(orders), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "hello, ", r.TLS.PeerCertificates[0].URIs[0])
	})}
	go server.ServeTLS(listener, "", "")
	defer server.Close()

	client := &http.Client{Transport: &http.Transport{TLSClientConfig: workload.Client(orders), DisableKeepAlives: true}}
	resp, err := client.Get("https://" + listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(string(body), err)
	// Output: hello, spiffe://example.org/orders <nil>
}
