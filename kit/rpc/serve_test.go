package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/shed"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

func fromCaller(ctx context.Context, flags string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "traceparent", "00-"+callersTrace+"-"+callersSpan+"-"+flags)
}

func TestEachCallIsLoggedCountedAndTraced(t *testing.T) {
	seen := newSeen()
	_, to := serve(t, seen.options(), service{unary: echo})
	client := grpc_testing.NewTestServiceClient(plain(t, to))
	if _, err := client.UnaryCall(fromCaller(t.Context(), "01"), payload("my-secret-word")); err != nil {
		t.Fatal(err)
	}
	line := seen.event(t, "request.completed")
	for field, want := range map[string]any{"method": unaryCall, "code": "OK", "trace_id": callersTrace, "level": "info"} {
		if line[field] != want {
			t.Errorf("%s is %v, want %v: %v", field, line[field], want, line)
		}
	}
	if took, ok := line["duration_ms"].(float64); !ok || took < 0 {
		t.Errorf("duration_ms is %v", line["duration_ms"])
	}
	if strings.Contains(seen.out.String(), "my-secret-word") {
		t.Error("the message stands in the log")
	}
	if n := seen.count(t, "grpc_server_request_duration_seconds", "method="+unaryCall, "code=OK"); n != 1 {
		t.Errorf("%v calls counted, want 1", n)
	}
	if n := seen.count(t, "grpc_server_requests_in_flight"); n != 0 {
		t.Errorf("%v in flight, want 0", n)
	}
	spans := seen.spans.Ended()
	if len(spans) != 1 || spans[0].Name() != unaryName || spans[0].Parent().SpanID().String() != callersSpan ||
		spans[0].SpanContext().SpanID().String() != line["span_id"] {
		t.Errorf("spans %v, want one named %s under the caller's, with the line's id", spans, unaryName)
	}
}

func TestAnUnsampledCallKeepsItsTraceAndCostsNoSpan(t *testing.T) {
	seen := newSeen()
	var inHandler trace.SpanContext
	_, to := serve(t, seen.options(), service{unary: func(ctx context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
		inHandler = trace.SpanContextFromContext(ctx)
		return echo(ctx, in)
	}})
	client := grpc_testing.NewTestServiceClient(plain(t, to))
	if _, err := client.UnaryCall(fromCaller(t.Context(), "00"), payload("")); err != nil {
		t.Fatal(err)
	}
	if line := seen.event(t, "request.completed"); line["trace_id"] != callersTrace {
		t.Errorf("trace_id is %v, want the caller's", line["trace_id"])
	}
	if inHandler.TraceID().String() != callersTrace || inHandler.SpanID().String() == callersSpan || inHandler.IsSampled() {
		t.Errorf("the handler saw %v, want the caller's trace and a span of its own", inHandler)
	}
	if n := len(seen.spans.Ended()); n != 0 {
		t.Errorf("%d spans", n)
	}
}

func TestAMalformedTraceStartsANewOne(t *testing.T) {
	for _, parent := range []string{"", "00-" + strings.Repeat("0", 32) + "-" + callersSpan + "-01", "rubbish"} {
		seen := newSeen()
		o := seen.options()
		o.Sampled = func(trace.SpanContext) bool { return true }
		_, to := serve(t, o, service{unary: echo})
		ctx := metadata.AppendToOutgoingContext(t.Context(), "traceparent", parent)
		if _, err := grpc_testing.NewTestServiceClient(plain(t, to)).UnaryCall(ctx, payload("")); err != nil {
			t.Fatal(err)
		}
		line := seen.event(t, "request.completed")
		id, _ := line["trace_id"].(string)
		if len(id) != 32 || strings.Trim(id, "0") == "" {
			t.Errorf("%q: trace_id %q, want a new one", parent, id)
		}
		if spans := seen.spans.Ended(); len(spans) != 1 || spans[0].Parent().HasSpanID() {
			t.Errorf("%q: spans %v, want a root that Sampled asked for", parent, spans)
		}
	}
}

func TestNothingThatACallerMadeUpBecomesALabel(t *testing.T) {
	seen := newSeen()
	_, to := serve(t, seen.options(), service{unary: echo})
	conn := plain(t, to)
	for i := range 200 {
		for _, name := range []string{fmt.Sprintf("/evil.Service%d/Method", i), fmt.Sprintf("/grpc.testing.TestService/Evil%d", i)} {
			err := conn.Invoke(fromCaller(t.Context(), "01"), name, payload(""), &grpc_testing.SimpleResponse{})
			if status.Code(err) != codes.Unimplemented {
				t.Fatalf("%s answered %v", name, err)
			}
		}
	}
	eventually(t, "the last of 400 calls", func() bool {
		return seen.count(t, "grpc_server_request_duration_seconds", "method=unknown", "code=Unimplemented") == 400
	})
	if total := seen.count(t, "grpc_server_request_duration_seconds"); total != 400 {
		t.Errorf("%v calls in all series, want 400 in one", total)
	}
	if text := strings.ToLower(seen.out.String()); strings.Contains(text, "evil") {
		t.Errorf("a name that a caller made up stands in the log:\n%.300s", text)
	}
	for _, span := range seen.spans.Ended() {
		if span.Name() != unknownMethod {
			t.Fatalf("a span is called %q", span.Name())
		}
	}
}

func TestAPanicIsAnsweredWithTheTraceAndTheServerLivesOn(t *testing.T) {
	seen := newSeen()
	_, to := serve(t, seen.options(), service{
		unary: func(_ context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
			panic("out of cheese")
		},
		stream: func(grpc_testing.TestService_StreamingOutputCallServer) error { panic("out of cheese") },
	})
	client := grpc_testing.NewTestServiceClient(plain(t, to))
	check := func(name string, err error) {
		t.Helper()
		if status.Code(err) != codes.Internal || !strings.Contains(err.Error(), callersTrace) || strings.Contains(err.Error(), "cheese") {
			t.Errorf("%s answered %v, want INTERNAL with the trace and nothing of the panic", name, err)
		}
	}
	_, err := client.UnaryCall(fromCaller(t.Context(), "00"), payload(""))
	check("unary", err)
	s, err := client.StreamingOutputCall(fromCaller(t.Context(), "00"), &grpc_testing.StreamingOutputCallRequest{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Recv()
	check("stream", err)
	if line := seen.event(t, "request.panicked"); !strings.Contains(fmt.Sprint(line["stack"]), "serve_test.go") || line["error"] != "panic with a value of type string; see the stack for the line" {
		t.Errorf("the panic's line does not show where: %v", line)
	}
	if line := seen.event(t, "request.completed"); line["level"] != "error" || line["code"] != "Internal" {
		t.Errorf("the access line is %v", line)
	}
	if strings.Contains(seen.out.String(), "cheese") {
		t.Error("what the panic held stands in the log")
	}
	if n := seen.count(t, "grpc_server_request_duration_seconds", "code=Internal"); n != 2 {
		t.Errorf("%v calls counted as Internal, want 2", n)
	}
}

func TestOnlyAStatusShowsItsText(t *testing.T) {
	for name, row := range map[string]struct {
		err  error
		code codes.Code
		text string // "" when none of the error's may show
	}{
		"status":          {status.Error(codes.NotFound, "no such order"), codes.NotFound, "no such order"},
		"wrapped status":  {fmt.Errorf("db 10.0.0.7: %w", status.Error(codes.NotFound, "no such order")), codes.NotFound, "no such order"},
		"error":           {errors.New("db 10.0.0.7: relation missing"), codes.Internal, ""},
		"deadline":        {fmt.Errorf("db 10.0.0.7: %w", context.DeadlineExceeded), codes.DeadlineExceeded, ""},
		"canceled":        {fmt.Errorf("db 10.0.0.7: %w", context.Canceled), codes.Canceled, ""},
		"dependency":      {&Error{Target: "10.0.0.7", Code: codes.ResourceExhausted}, codes.Unavailable, ""},
		"slow dependency": {fmt.Errorf("x: %w", &Error{Target: "10.0.0.7", Code: codes.DeadlineExceeded}), codes.DeadlineExceeded, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := status.Convert(public(t.Context(), row.err))
			if got.Code() != row.code || !strings.Contains(got.Message(), row.text) || strings.Contains(got.Message(), "10.0.0.7") {
				t.Errorf("answered %v %q", got.Code(), got.Message())
			}
		})
	}
	if public(t.Context(), nil) != nil {
		t.Error("no error became one")
	}
}

func TestAHiddenErrorStandsInTheLog(t *testing.T) {
	seen := newSeen()
	_, to := serve(t, seen.options(), service{unary: func(context.Context, *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
		return nil, errors.New("relation missing")
	}})
	_, err := grpc_testing.NewTestServiceClient(plain(t, to)).UnaryCall(t.Context(), payload(""))
	if status.Code(err) != codes.Internal || strings.Contains(err.Error(), "relation") {
		t.Errorf("answered %v", err)
	}
	if line := seen.event(t, "request.completed"); line["error"] != "relation missing" || line["level"] != "error" {
		t.Errorf("the line does not say why: %v", line)
	}
}

func TestACallEndsAtTheEarlierDeadline(t *testing.T) {
	for name, row := range map[string]struct{ server, caller, want time.Duration }{
		"the server's": {20 * time.Millisecond, time.Hour, 20 * time.Millisecond},
		"the caller's": {time.Hour, 20 * time.Millisecond, 20 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			left := make(chan time.Duration, 1)
			seen := newSeen()
			o := seen.options()
			o.Timeout = row.server
			_, to := serve(t, o, service{unary: func(ctx context.Context, _ *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
				deadline, _ := ctx.Deadline()
				left <- time.Until(deadline)
				<-ctx.Done()
				return nil, ctx.Err()
			}})
			ctx, cancel := context.WithTimeout(t.Context(), row.caller)
			defer cancel()
			_, err := grpc_testing.NewTestServiceClient(plain(t, to)).UnaryCall(ctx, payload(""))
			if status.Code(err) != codes.DeadlineExceeded {
				t.Errorf("answered %v, want DEADLINE_EXCEEDED", err)
			}
			select {
			case got := <-left:
				if got > row.want {
					t.Errorf("the handler had %v, want at most %v", got, row.want)
				}
			default: // the caller's time was up before the handler began
			}
		})
	}
}

func TestWithoutRoomACallIsRefusedWithAPushback(t *testing.T) {
	seen := newSeen()
	o := seen.options()
	o.Limiter = shed.New(shed.Options{Limit: 1, NormalShare: 1})
	o.Health = started(t)
	inside, leave := make(chan struct{}), make(chan struct{})
	_, to := serve(t, o, service{unary: func(ctx context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
		close(inside)
		<-leave
		return echo(ctx, in)
	}})
	conn := plain(t, to)
	client := grpc_testing.NewTestServiceClient(conn)
	first := make(chan error, 1)
	go func() { _, err := client.UnaryCall(t.Context(), payload("")); first <- err }()
	<-inside
	var trailer metadata.MD
	_, err := client.UnaryCall(t.Context(), payload(""), grpc.Trailer(&trailer))
	if status.Code(err) != codes.Unavailable || len(trailer.Get("grpc-retry-pushback-ms")) != 1 {
		t.Errorf("answered %v with %v, want UNAVAILABLE and a pushback", err, trailer)
	}
	if got := check(t, conn, ""); got != "SERVING" {
		t.Errorf("under overload the health service says %s", got)
	}
	close(leave)
	if err := <-first; err != nil {
		t.Errorf("the call inside got %v", err)
	}
	eventually(t, "the place given back", func() bool { return o.Limiter.Stats().InFlight == 0 })
}

func TestAPanicGivesItsPlaceBack(t *testing.T) {
	o := newSeen().options()
	o.Limiter = shed.New(shed.Options{Limit: 1, NormalShare: 1})
	_, to := serve(t, o, service{unary: func(context.Context, *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
		panic("out of cheese")
	}})
	client := grpc_testing.NewTestServiceClient(plain(t, to))
	for range 3 {
		if _, err := client.UnaryCall(t.Context(), payload("")); status.Code(err) != codes.Internal {
			t.Fatalf("answered %v, want INTERNAL", err)
		}
	}
}

func TestAMessageThatIsTooLargeIsRefused(t *testing.T) {
	o := newSeen().options()
	o.MaxMessage = 1000
	_, to := serve(t, o, service{unary: echo})
	_, err := grpc_testing.NewTestServiceClient(plain(t, to)).UnaryCall(t.Context(), payload(strings.Repeat("x", 2000)))
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("answered %v, want RESOURCE_EXHAUSTED", err)
	}
}

func TestOptionsThatCannotBeRightAreNamed(t *testing.T) {
	_, err := NewServer(Options{Timeout: -1, MaxMessage: -1})
	if err == nil || !strings.Contains(err.Error(), "Timeout") || !strings.Contains(err.Error(), "MaxMessage") {
		t.Errorf("error %v, want both fields", err)
	}
	seen := newSeen()
	if _, err := ServerOptions(seen.options()); err != nil {
		t.Fatal(err)
	}
	if _, err := ServerOptions(seen.options()); err == nil || !strings.Contains(err.Error(), "registry") {
		t.Errorf("two servers in one registry: error %v", err)
	}
}

func TestAnyLoggerIsToldOfTheTrace(t *testing.T) {
	var out lockedBuffer
	o := newSeen().options()
	o.Log = slog.New(slog.NewJSONHandler(&out, nil))
	_, to := serve(t, o, service{unary: echo})
	if _, err := grpc_testing.NewTestServiceClient(plain(t, to)).UnaryCall(fromCaller(t.Context(), "00"), payload("")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a line with the caller's trace", func() bool {
		return strings.Contains(out.String(), `"trace_id":"`+callersTrace+`"`)
	})
}

func TestAQuietMethodLogsItsFaultsOnly(t *testing.T) {
	seen := newSeen()
	o := seen.options()
	o.Quiet = []string{unaryCall}
	_, to := serve(t, o, service{unary: func(ctx context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
		if len(in.GetPayload().GetBody()) == 0 {
			return nil, errors.New("empty")
		}
		return echo(ctx, in)
	}})
	client := grpc_testing.NewTestServiceClient(plain(t, to))
	for _, text := range []string{"full", ""} {
		_, _ = client.UnaryCall(t.Context(), payload(text))
	}
	if line := seen.event(t, "request.completed"); line["code"] != "Internal" || strings.Count(seen.out.String(), "\n") != 1 {
		t.Errorf("logged %s", &seen.out.buf)
	}
}
