package rpc

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// script answers each call with the next of codes, the last for ever.
type script struct {
	codes []codes.Code
	calls atomic.Int64
	mu    sync.Mutex
	heads []metadata.MD
}

func (s *script) answer(ctx context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
	n := int(s.calls.Add(1))
	md, _ := metadata.FromIncomingContext(ctx)
	s.mu.Lock()
	s.heads = append(s.heads, md)
	s.mu.Unlock()
	if code := s.codes[min(n, len(s.codes))-1]; code != codes.OK {
		return nil, status.Error(code, "scripted-text")
	}
	return echo(ctx, in)
}

// scripted returns a client of a server that follows the script.
func scripted(t *testing.T, s *script, edit func(*Config)) (grpc_testing.TestServiceClient, *seen) {
	t.Helper()
	_, to := serve(t, newSeen().options(), service{unary: s.answer})
	here := newSeen()
	c := here.config()
	if edit != nil {
		edit(&c)
	}
	return dial(t, c, to), here
}

func idempotent(attempts int) func(*Config) {
	return func(c *Config) { c.Attempts, c.Idempotent = attempts, []string{unaryCall} }
}

func TestOnlyIdempotentCallsAreRepeated(t *testing.T) {
	for name, row := range map[string]struct {
		edit  func(*Config)
		opts  []grpc.CallOption
		calls int64
	}{
		"unknown":    {func(c *Config) { c.Attempts = 3 }, nil, 1},
		"idempotent": {idempotent(3), nil, 3},
		"marked":     {func(c *Config) { c.Attempts = 3 }, []grpc.CallOption{Retry()}, 3},
		"one is all": {idempotent(1), nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{codes: []codes.Code{codes.Unavailable}}
			client, seen := scripted(t, s, row.edit)
			_, err := client.UnaryCall(t.Context(), payload(""), row.opts...)
			if status.Code(err) != codes.Unavailable || s.calls.Load() != row.calls {
				t.Errorf("%d calls, error %v, want %d", s.calls.Load(), err, row.calls)
			}
			if got := seen.count(t, "http_client_attempts_total", "dependency=inventory"); int64(got) != row.calls {
				t.Errorf("%v attempts counted", got)
			}
			if got := seen.count(t, "http_client_retries_total"); int64(got) != row.calls-1 {
				t.Errorf("%v retries counted", got)
			}
		})
	}
}

func TestARepeatedCallIsAnswered(t *testing.T) {
	s := &script{codes: []codes.Code{codes.Unavailable, codes.ResourceExhausted, codes.OK}}
	client, seen := scripted(t, s, idempotent(5))
	out, err := client.UnaryCall(t.Context(), payload("word"))
	if err != nil || string(out.GetPayload().GetBody()) != "word" || s.calls.Load() != 3 {
		t.Errorf("%d calls, answer %v, error %v", s.calls.Load(), out, err)
	}
	if line := seen.event(t, "call.completed"); line["attempt"] != 3.0 || line["dependency"] != "inventory" || line["method"] != unaryCall {
		t.Errorf("logged %v", line)
	}
	if got := seen.count(t, "http_client_request_duration_seconds", "outcome=answered"); got != 1 {
		t.Errorf("%v calls counted as answered", got)
	}
}

func TestAnswersReachTheCallerAsTheyAre(t *testing.T) {
	for _, code := range []codes.Code{codes.NotFound, codes.InvalidArgument, codes.FailedPrecondition, codes.PermissionDenied, codes.Aborted} {
		s := &script{codes: []codes.Code{code}}
		client, _ := scripted(t, s, idempotent(3))
		_, err := client.UnaryCall(t.Context(), payload(""))
		if got := status.Convert(err); got.Code() != code || got.Message() != "scripted-text" || s.calls.Load() != 1 {
			t.Errorf("%v: %d calls, error %v", code, s.calls.Load(), err)
		}
	}
}

func TestAFaultThatWouldComeAgainIsNotRepeated(t *testing.T) {
	s := &script{codes: []codes.Code{codes.Internal}}
	client, seen := scripted(t, s, idempotent(3))
	_, err := client.UnaryCall(t.Context(), payload(""))
	var failure *Error
	if !errors.As(err, &failure) || s.calls.Load() != 1 {
		t.Fatalf("%d calls, error %v", s.calls.Load(), err)
	}
	if want := ": answered Internal, attempt 1/3, timeout 3.333s, no further attempt: it would get the same answer"; !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%q does not end with %q", err, want)
	}
	if strings.Contains(seen.out.String()+err.Error(), "scripted-text") {
		t.Error("the dependency's text stands in log or error")
	}
	if line := seen.event(t, "call.failed"); line["level"] != "error" || strings.Count(seen.out.String(), "call.failed") != 1 {
		t.Errorf("not logged once as an error: %s", &seen.out.buf)
	}
}

func TestTheBudgetEndsRetriesInAnOutage(t *testing.T) {
	s := &script{codes: []codes.Code{codes.Unavailable}}
	client, seen := scripted(t, s, func(c *Config) {
		idempotent(3)(c)
		c.Budget, c.BudgetMinimum = 0.1, 5
	})
	const calls = 50
	for range calls {
		_, err := client.UnaryCall(t.Context(), payload(""))
		if status.Code(err) != codes.Unavailable {
			t.Fatal(err)
		}
	}
	if most := int64(calls + 5 + calls/10); s.calls.Load() > most || s.calls.Load() <= calls {
		t.Errorf("%d calls reached the dependency for %d made, want at most %d", s.calls.Load(), calls, most)
	}
	if seen.count(t, "http_client_retries_denied_total") == 0 {
		t.Error("no retry was counted as denied")
	}
}

func TestAPushbackIsHeeded(t *testing.T) {
	for name, row := range map[string]struct {
		pushback string
		calls    int64
	}{
		"none":              {"-1", 1},
		"rubbish":           {"soon", 1},
		"beyond the time":   {"3600000", 1},
		"within the time":   {"2", 3},
		"at once, in words": {"0", 3},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			_, to := serve(t, newSeen().options(), service{unary: func(ctx context.Context, _ *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
				calls.Add(1)
				_ = grpc.SetTrailer(ctx, metadata.Pairs(pushbackHeader, row.pushback))
				return nil, status.Error(codes.Unavailable, "")
			}})
			c := newSeen().config()
			idempotent(3)(&c)
			_, err := dial(t, c, to).UnaryCall(t.Context(), payload(""))
			if err == nil || calls.Load() != row.calls {
				t.Errorf("%d calls, error %v, want %d", calls.Load(), err, row.calls)
			}
		})
	}
}

func TestASilentAttemptIsEndedAndRepeated(t *testing.T) {
	var calls atomic.Int64
	_, to := serve(t, newSeen().options(), service{unary: func(ctx context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
		if calls.Add(1) == 1 {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return echo(ctx, in)
	}})
	c := newSeen().config()
	idempotent(2)(&c)
	c.Try = 50 * time.Millisecond
	if _, err := dial(t, c, to).UnaryCall(t.Context(), payload("")); err != nil || calls.Load() != 2 {
		t.Errorf("%d calls, error %v", calls.Load(), err)
	}
}

func TestASilentDependencyCostsItsTimeoutAndIsNamed(t *testing.T) {
	seen := newSeen()
	_, to := serve(t, newSeen().options(), service{unary: func(ctx context.Context, _ *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	c := seen.config()
	c.Timeout = 50 * time.Millisecond
	_, err := dial(t, c, to).UnaryCall(t.Context(), payload(""))
	if want := "inventory (bufconn): no answer within 50ms, attempt 1/1"; err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	if !errors.Is(err, context.DeadlineExceeded) || status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("error %v is no timeout to its reader", err)
	}
	if got := seen.count(t, "http_client_request_duration_seconds", "outcome=timeout"); got != 1 {
		t.Errorf("%v calls counted as timeout", got)
	}
}

func TestWhatIsLeftOfTheTimeIsSentAlong(t *testing.T) {
	left := make(chan time.Duration, 1)
	_, to := serve(t, newSeen().options(), service{unary: func(ctx context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
		deadline, _ := ctx.Deadline()
		left <- time.Until(deadline)
		return echo(ctx, in)
	}})
	c := newSeen().config()
	c.Timeout = 3 * time.Second
	if _, err := dial(t, c, to).UnaryCall(t.Context(), payload("")); err != nil {
		t.Fatal(err)
	}
	if got := <-left; got > 3*time.Second {
		t.Errorf("the server believes that it has %v", got)
	}
}

func TestACallerWhoLeavesIsNoFailureOfTheDependency(t *testing.T) {
	seen := newSeen()
	inside := make(chan struct{})
	_, to := serve(t, newSeen().options(), service{unary: func(ctx context.Context, _ *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
		close(inside)
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	c := seen.config()
	idempotent(3)(&c)
	c.Fallback = Func("default", func(context.Context, string, any, any, error) error { t.Error("used the fallback"); return nil })
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-inside; leave() }()
	_, err := dial(t, c, to).UnaryCall(ctx, payload(""))
	if !errors.Is(err, context.Canceled) || status.Code(public(ctx, err)) != codes.Canceled {
		t.Errorf("error %v, want that of a caller who left", err)
	}
	if line := seen.event(t, "call.canceled"); line["level"] != "info" {
		t.Errorf("logged %v", line)
	}
	if got := seen.count(t, "http_client_request_duration_seconds", "outcome=canceled"); got != 1 {
		t.Errorf("%v calls counted as canceled", got)
	}
}

func TestBeyondTheBulkheadCallsAreRefusedAtOnce(t *testing.T) {
	seen := newSeen()
	inside, leave := make(chan struct{}), make(chan struct{})
	_, to := serve(t, newSeen().options(), service{unary: func(ctx context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
		close(inside)
		<-leave
		return echo(ctx, in)
	}})
	c := seen.config()
	c.MaxInFlight = 1
	client := dial(t, c, to)
	first := make(chan error, 1)
	go func() { _, err := client.UnaryCall(t.Context(), payload("")); first <- err }()
	<-inside
	_, err := client.UnaryCall(t.Context(), payload(""))
	if !errors.Is(err, ErrFull) || err.Error() != "inventory (passthrough:///inventory): too many calls in flight" {
		t.Errorf("error %v", err)
	}
	close(leave)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if got := seen.count(t, "http_client_request_duration_seconds", "outcome=refused"); got != 1 {
		t.Errorf("%v calls counted as refused", got)
	}
}
