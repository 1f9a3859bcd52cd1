package rpc

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/health"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthgrpc "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// started returns a monitor that is ready.
func started(t *testing.T) *health.Monitor {
	t.Helper()
	m := health.New(health.Options{})
	m.SetStarted()
	return m
}

func check(t *testing.T, conn *grpc.ClientConn, name string) string {
	t.Helper()
	answer, err := healthgrpc.NewHealthClient(conn).Check(t.Context(), &healthgrpc.HealthCheckRequest{Service: name})
	if err != nil {
		return status.Code(err).String()
	}
	return answer.GetStatus().String()
}

func TestHealthFollowsTheMonitor(t *testing.T) {
	var down atomic.Bool
	m := health.New(health.Options{Every: 5 * time.Millisecond, FailAfter: 1})
	m.Critical("db", func(context.Context) error {
		if down.Load() {
			return errors.New("refused")
		}
		return nil
	})
	m.Start(t.Context())
	t.Cleanup(m.Close)
	o := newSeen().options()
	o.Health = m
	_, to := serve(t, o, service{})
	conn := plain(t, to)
	if got := check(t, conn, ""); got != "NOT_SERVING" {
		t.Errorf("before the start: %s", got)
	}
	m.SetStarted()
	eventually(t, "SERVING", func() bool { return check(t, conn, "") == "SERVING" && check(t, conn, "readiness") == "SERVING" })
	down.Store(true)
	eventually(t, "NOT_SERVING with the database down", func() bool { return check(t, conn, "") == "NOT_SERVING" })
	if got := check(t, conn, Liveness); got != "SERVING" {
		t.Errorf("liveness with the database down: %s", got)
	}
	down.Store(false)
	eventually(t, "SERVING again", func() bool { return check(t, conn, "") == "SERVING" })
	if got := check(t, conn, "nobody"); got != codes.NotFound.String() {
		t.Errorf("a service that there is not: %s", got)
	}
	list, err := healthgrpc.NewHealthClient(conn).List(t.Context(), &healthgrpc.HealthListRequest{})
	if err != nil || len(list.GetStatuses()) != 3 {
		t.Errorf("listed %v, error %v, want three", list, err)
	}
}

func TestAWatchTellsEachChangeAndEndsWithTheServer(t *testing.T) {
	m := started(t)
	o := newSeen().options()
	o.Health = m
	server, to := serve(t, o, service{})
	watch, err := healthgrpc.NewHealthClient(plain(t, to)).Watch(t.Context(), &healthgrpc.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	next := func(want healthgrpc.HealthCheckResponse_ServingStatus) {
		t.Helper()
		if got, err := watch.Recv(); err != nil || got.GetStatus() != want {
			t.Fatalf("told %v, error %v, want %v", got, err, want)
		}
	}
	next(healthgrpc.HealthCheckResponse_SERVING)
	m.SetDraining()
	next(healthgrpc.HealthCheckResponse_NOT_SERVING)
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		t.Errorf("a watch held the stop up: %v", err)
	}
	if _, err := watch.Recv(); err == nil {
		t.Error("the watch goes on")
	}
}

func TestAWatchOfNobodyIsToldSo(t *testing.T) {
	o := newSeen().options()
	o.Health = started(t)
	_, to := serve(t, o, service{})
	ctx, cancel := context.WithCancel(t.Context())
	watch, err := healthgrpc.NewHealthClient(plain(t, to)).Watch(ctx, &healthgrpc.HealthCheckRequest{Service: "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := watch.Recv(); err != nil || got.GetStatus() != healthgrpc.HealthCheckResponse_SERVICE_UNKNOWN {
		t.Errorf("told %v, error %v", got, err)
	}
	cancel()
	if _, err := watch.Recv(); status.Code(err) != codes.Canceled {
		t.Errorf("ended with %v", err)
	}
}
