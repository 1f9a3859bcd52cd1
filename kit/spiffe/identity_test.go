package spiffe_test

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spiffe/go-spiffe/v2/proto/spiffe/workload"
	"google.golang.org/grpc/codes"

	"github.com/golive-dev/golive/kit/certs"
	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/spiffe"
)

const (
	orders   = "spiffe://example.org/orders"
	payments = "spiffe://example.org/payments"
)

// follow makes an identity of what the agent at address offers.
func follow(t testing.TB, c spiffe.Config) (*spiffe.Identity, *kittest.Logs) {
	t.Helper()
	logs := kittest.NewLogs(t)
	c.Log = logs.Logger
	i, err := spiffe.New(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close() })
	return i, logs
}

// fails wants New to give up, for a reason.
func fails(t *testing.T, ctx context.Context, c spiffe.Config, reasons ...string) error {
	t.Helper()
	c.Log = kittest.NewLogs(t).Logger
	i, err := spiffe.New(ctx, c)
	if err == nil {
		i.Close()
		t.Fatal("there is an identity")
	}
	for _, reason := range reasons {
		if !strings.Contains(err.Error(), reason) {
			t.Errorf("error lacks %q: %v", reason, err)
		}
	}
	return err
}

func TestNewGivesUpWithoutAnAgent(t *testing.T) {
	address := socket(t)
	err := fails(t, t.Context(), spiffe.Config{Address: address, Wait: 300 * time.Millisecond}, address, "no identity within 300ms", "is an agent there", "no such file")
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than a line: %v", err)
	}
}

func TestNewGivesUpOnASilentAgent(t *testing.T) {
	address := socket(t)
	l, err := net.Listen("unix", strings.TrimPrefix(address, "unix://"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	fails(t, t.Context(), spiffe.Config{Address: address, Wait: 100 * time.Millisecond}, address, "the agent is silent")
}

func TestNewGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := fails(t, ctx, spiffe.Config{Address: socket(t)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestNewSaysThatTheWorkloadIsUnknown(t *testing.T) {
	a := newAgent(t)
	a.refuse(codes.PermissionDenied, "no identity issued")
	fails(t, t.Context(), spiffe.Config{Address: a.address, Wait: 200 * time.Millisecond}, "registered with it", "no identity issued")
}

func TestNewAwaitsAnAgentThatComesLate(t *testing.T) {
	ca := kittest.NewCA(t)
	a := newAgent(t, identity(orders, ca.Issue(orders), ca))
	a.stop()
	ready := make(chan struct{})
	go func() {
		defer close(ready)
		time.Sleep(200 * time.Millisecond)
		a.start(t)
	}()
	i, _ := follow(t, spiffe.Config{Address: a.address, Wait: 30 * time.Second})
	<-ready
	if i.ID().String() != orders {
		t.Error(i.ID())
	}
}

func TestAddressMayComeFromTheEnvironment(t *testing.T) {
	ca := kittest.NewCA(t)
	t.Setenv("SPIFFE_ENDPOINT_SOCKET", newAgent(t, identity(orders, ca.Issue(orders), ca)).address)
	i, logs := follow(t, spiffe.Config{})
	logs.MustHave("certificate.loaded", "id", orders)
	if err := i.Close(); err != nil {
		t.Error(err)
	}
	if err := i.Close(); err != nil {
		t.Error(err)
	}
}

func TestNewNamesTheField(t *testing.T) {
	os.Unsetenv("SPIFFE_ENDPOINT_SOCKET")
	taken := prometheus.NewRegistry()
	taken.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "certificate_expiry_timestamp_seconds"}))
	fails(t, t.Context(), spiffe.Config{}, "Address is empty and SPIFFE_ENDPOINT_SOCKET is not set")
	fails(t, t.Context(), spiffe.Config{Address: "/run/agent.sock"}, `Address "/run/agent.sock"`)
	fails(t, t.Context(), spiffe.Config{Address: "unix:///a", Wait: -1}, "Wait is -1ns")
	fails(t, t.Context(), spiffe.Config{Address: "unix:///a", Registerer: taken}, "Registerer")
}

func TestHintPicksTheIdentity(t *testing.T) {
	ca := kittest.NewCA(t)
	hinted := func(id, hint string) *workload.X509SVID {
		s := identity(id, ca.Issue(id), ca)
		s.Hint = hint
		return s
	}
	a := newAgent(t, hinted(orders, "internal"), hinted(payments, "external"))
	if i, _ := follow(t, spiffe.Config{Address: a.address}); i.ID().String() != orders {
		t.Errorf("without a hint %s", i.ID())
	}
	if i, _ := follow(t, spiffe.Config{Address: a.address, Hint: "external"}); i.ID().String() != payments {
		t.Errorf("with a hint %s", i.ID())
	}
	fails(t, t.Context(), spiffe.Config{Address: a.address, Hint: "else", Wait: 200 * time.Millisecond}, `no identity with the hint "else"`)
}

// An agent that is updated, or that ends a watch for good, is followed again.
func TestTheAgentMayGoAndComeBack(t *testing.T) {
	ca := kittest.NewCA(t)
	for name, away := range map[string]func(t *testing.T, a *agent){
		"restart":          func(t *testing.T, a *agent) { a.stop(); a.start(t) },
		"Canceled":         func(t *testing.T, a *agent) { a.refuse(codes.Canceled, "agent is stopping") },
		"InvalidArgument":  func(t *testing.T, a *agent) { a.refuse(codes.InvalidArgument, "not now") },
		"PermissionDenied": func(t *testing.T, a *agent) { a.refuse(codes.PermissionDenied, "no identity issued") },
	} {
		t.Run(name, func(t *testing.T) {
			a := newAgent(t, identity(orders, ca.Issue(orders), ca))
			registry := prometheus.NewRegistry()
			_, logs := follow(t, spiffe.Config{Address: a.address, Registerer: registry})
			away(t, a)
			logs.Await("certificate.refresh_failed", "file", a.address)
			next := ca.Issue(orders)
			a.offer(identity(orders, next, ca))
			logs.Await("certificate.rotated", "serial", next.Leaf.SerialNumber.Text(16))
			m := kittest.Metrics(t, registry)
			if m.Value("certificate_refresh_failures_total", "file", a.address) == 0 {
				t.Error("no failure was counted")
			}
			if got := m.Value("certificate_expiry_timestamp_seconds", "file", a.address); got != float64(next.Deadline.Unix()) {
				t.Errorf("expiry %v", got)
			}
		})
	}
}

func TestAnExpiredIdentityIsTold(t *testing.T) {
	ca := kittest.NewCA(t)
	first := ca.Issue(orders)
	a := newAgent(t, identity(orders, first, ca))
	var late atomic.Bool
	i, logs := follow(t, spiffe.Config{Address: a.address, Now: func() time.Time {
		if late.Load() {
			return first.Deadline.Add(time.Second)
		}
		return time.Now()
	}})
	if err := i.Check(t.Context()); err != nil || !i.NotAfter().Equal(first.Deadline) {
		t.Errorf("%v, %s", err, i.NotAfter())
	}
	a.offer(identity(orders, ca.IssueUntil(time.Now().Add(-time.Second), orders), ca))
	logs.Await("certificate.refresh_failed", "error", func(e any) bool { return strings.Contains(e.(string), "expired at") })
	if !i.NotAfter().Equal(first.Deadline) {
		t.Error("an expired certificate was taken")
	}
	late.Store(true)
	if err := i.Check(t.Context()); err == nil || !strings.Contains(err.Error(), orders+" expired at") {
		t.Error(err)
	}
}

func TestMetricsAreSharedWithFiles(t *testing.T) {
	ca := kittest.NewCA(t)
	issued := ca.Issue(orders)
	registry := prometheus.NewRegistry()
	byFile, err := certs.Load(certs.Options{Cert: issued.Cert, Key: issued.Key, Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	defer byFile.Close()
	a := newAgent(t, identity(orders, issued, ca))
	follow(t, spiffe.Config{Address: a.address, Registerer: registry})
	if n := len(kittest.Metrics(t, registry).Series("certificate_expiry_timestamp_seconds")); n != 2 {
		t.Errorf("%d series", n)
	}
}
