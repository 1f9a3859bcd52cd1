package rpc

import (
	"errors"
	"io"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"
)

func chunks(n int) func(grpc_testing.TestService_StreamingOutputCallServer) error {
	return func(out grpc_testing.TestService_StreamingOutputCallServer) error {
		for range n {
			if err := out.Send(&grpc_testing.StreamingOutputCallResponse{}); err != nil {
				return err
			}
		}
		return nil
	}
}

func silent(out grpc_testing.TestService_StreamingOutputCallServer) error {
	<-out.Context().Done()
	return out.Context().Err()
}

// drain reads a stream to its end.
func drain(t *testing.T, client grpc_testing.TestServiceClient) (n int, err error) {
	t.Helper()
	s, err := client.StreamingOutputCall(t.Context(), &grpc_testing.StreamingOutputCallRequest{})
	for err == nil {
		if _, err = s.Recv(); err == nil {
			n++
		}
	}
	if errors.Is(err, io.EOF) {
		return n, nil
	}
	return n, err
}

func TestAStreamIsCountedLoggedAndTracedOnBothSides(t *testing.T) {
	there, here := newSeen(), newSeen()
	_, to := serve(t, there.options(), service{stream: chunks(3)})
	client := dial(t, here.config(), to)
	if n, err := drain(t, client); n != 3 || err != nil {
		t.Fatalf("%d chunks, error %v", n, err)
	}
	line, call := there.event(t, "request.completed"), here.event(t, "call.completed")
	if line["method"] != streamCall || call["method"] != streamCall || line["code"] != "OK" {
		t.Errorf("logged %v and %v", line, call)
	}
	if n := there.count(t, "grpc_server_request_duration_seconds", "method="+streamCall, "code=OK"); n != 1 {
		t.Errorf("%v served streams counted", n)
	}
	if n := here.count(t, "http_client_request_duration_seconds", "outcome=answered"); n != 1 {
		t.Errorf("%v called streams counted", n)
	}
	if n := here.count(t, "http_client_requests_in_flight"); n != 0 {
		t.Errorf("%v in flight", n)
	}
}

func TestASilentStreamEndsAtTheTimeout(t *testing.T) {
	seen := newSeen()
	_, to := serve(t, newSeen().options(), service{stream: silent})
	c := seen.config()
	c.Timeout = 20 * time.Millisecond
	if _, err := drain(t, dial(t, c, to)); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("ended with %v", err)
	}
	if line := seen.event(t, "call.failed"); line["code"] != "DeadlineExceeded" {
		t.Errorf("logged %v", line)
	}
}

func TestALongLivedStreamOutlivesTheTimeout(t *testing.T) {
	release := make(chan struct{})
	_, to := serve(t, newSeen().options(), service{stream: func(out grpc_testing.TestService_StreamingOutputCallServer) error {
		if _, ok := out.Context().Deadline(); ok {
			t.Error("the stream has a deadline")
		}
		<-release
		return chunks(1)(out)
	}})
	c := newSeen().config()
	c.Timeout = time.Millisecond
	s, err := dial(t, c, to).StreamingOutputCall(t.Context(), &grpc_testing.StreamingOutputCallRequest{}, LongLived())
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * c.Timeout)
	close(release)
	if _, err := s.Recv(); err != nil {
		t.Errorf("ended with %v", err)
	}
	if _, err := s.Recv(); err != io.EOF {
		t.Errorf("ended with %v", err)
	}
}
