package spiffe_test

import (
	"context"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/spiffe/go-spiffe/v2/proto/spiffe/workload"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/golive-dev/golive/kit/kittest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// agent speaks the Workload API, as a SPIRE agent does, on a socket.
type agent struct {
	workload.UnimplementedSpiffeWorkloadAPIServer
	address string

	mu      sync.Mutex
	answer  *workload.X509SVIDResponse
	refusal error
	changed chan struct{} // closed and renewed with the answer
	watches int           // that were begun
	server  *grpc.Server
	serving sync.WaitGroup
}

// socket returns an address at which nobody listens yet. Its path is short,
// because that of a socket must have less than 108 bytes.
func socket(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return "unix://" + filepath.Join(dir, "agent.sock")
}

// newAgent starts an agent that offers identities.
func newAgent(t testing.TB, identities ...*workload.X509SVID) *agent {
	t.Helper()
	a := &agent{address: socket(t), changed: make(chan struct{})}
	a.offer(identities...)
	a.start(t)
	t.Cleanup(a.stop)
	return a
}

func (a *agent) start(t testing.TB) {
	t.Helper()
	l, err := net.Listen("unix", a.address[len("unix://"):])
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	workload.RegisterSpiffeWorkloadAPIServer(server, a)
	a.mu.Lock()
	a.server = server
	a.mu.Unlock()
	a.serving.Go(func() { server.Serve(l) })
}

func (a *agent) stop() {
	a.server.Stop()
	a.serving.Wait()
}

// offer makes identities the answer, to those who watch already too.
func (a *agent) offer(identities ...*workload.X509SVID) {
	a.say(&workload.X509SVIDResponse{Svids: identities}, nil)
}

// refuse ends the watches, and those to come, with an error.
func (a *agent) refuse(code codes.Code, text string) { a.say(nil, status.Error(code, text)) }

func (a *agent) say(answer *workload.X509SVIDResponse, refusal error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer, a.refusal = answer, refusal
	close(a.changed)
	a.changed = make(chan struct{})
}

// FetchX509SVID sends the answer, and each that follows it.
func (a *agent) FetchX509SVID(_ *workload.X509SVIDRequest, stream grpc.ServerStreamingServer[workload.X509SVIDResponse]) error {
	// The standard demands this header, so that a forged request of a browser
	// does not get a key.
	if md, _ := metadata.FromIncomingContext(stream.Context()); len(md.Get("workload.spiffe.io")) != 1 {
		return status.Error(codes.InvalidArgument, "security header missing")
	}
	a.mu.Lock()
	a.watches++
	a.mu.Unlock()
	for {
		a.mu.Lock()
		answer, refusal, changed := a.answer, a.refusal, a.changed
		a.mu.Unlock()
		if refusal != nil {
			return refusal
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
		select {
		case <-stream.Context().Done():
			return context.Cause(stream.Context())
		case <-changed:
		}
	}
}

// identity returns what an agent says of an issued certificate whose
// authorities are cas.
func identity(id string, issued *kittest.Issued, cas ...*kittest.CA) *workload.X509SVID {
	s := &workload.X509SVID{SpiffeId: id, X509Svid: issued.Leaf.Raw, X509SvidKey: der(issued.KeyPEM)}
	for _, ca := range cas {
		s.Bundle = append(s.Bundle, ca.Cert.Raw...)
	}
	return s
}

func der(text []byte) []byte {
	block, _ := pem.Decode(text)
	return block.Bytes
}
