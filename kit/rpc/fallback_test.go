package rpc

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

func TestAFallbackIsCountedLoggedAndMarked(t *testing.T) {
	client, seen := scripted(t, &script{codes: []codes.Code{codes.Unavailable}}, func(c *Config) {
		c.Fallback = Func("default", func(_ context.Context, _ string, _, reply any, failure error) error {
			if status.Code(failure) != codes.Unavailable {
				return failure
			}
			reply.(*grpc_testing.SimpleResponse).Username = "nobody"
			return nil
		})
	})
	var kind string
	out, err := client.UnaryCall(t.Context(), payload(""), FellBack(&kind))
	if err != nil || out.GetUsername() != "nobody" || kind != "default" {
		t.Errorf("answer %v of kind %q, error %v", out, kind, err)
	}
	if got := seen.count(t, "http_client_fallbacks_total", "dependency=inventory", "kind=default"); got != 1 {
		t.Errorf("%v uses counted", got)
	}
	if line := seen.event(t, "call.failed"); line["level"] != "warn" || line["fallback"] != "default" {
		t.Errorf("logged %v", line)
	}
}

func TestAnAnswerIsNotMarked(t *testing.T) {
	client, _ := scripted(t, &script{codes: []codes.Code{codes.OK}}, nil)
	var kind string
	if _, err := client.UnaryCall(t.Context(), payload(""), FellBack(&kind)); err != nil || kind != "" {
		t.Errorf("kind %q, error %v", kind, err)
	}
}

func TestStaleAnswersTheSameQuestionOnly(t *testing.T) {
	s := &script{codes: []codes.Code{codes.OK, codes.Unavailable}}
	client, _ := scripted(t, s, func(c *Config) { c.Fallback = Stale(time.Hour, 10, unaryCall) })
	as := func(who string) context.Context {
		return metadata.AppendToOutgoingContext(t.Context(), "authorization", who, "traceparent", who)
	}
	if _, err := client.UnaryCall(as("ada"), payload("word")); err != nil {
		t.Fatal(err)
	}
	out, err := client.UnaryCall(as("ada"), payload("word"))
	if err != nil || string(out.GetPayload().GetBody()) != "word" {
		t.Errorf("the same question got %v, error %v", out, err)
	}
	if out, err := client.UnaryCall(as("eve"), payload("word")); err == nil {
		t.Errorf("somebody else got %v", out)
	}
	if out, err := client.UnaryCall(as("ada"), payload("other")); err == nil {
		t.Errorf("another question got %v", out)
	}
}

func TestStaleKeepsNothingOfMethodsThatWrite(t *testing.T) {
	s := &script{codes: []codes.Code{codes.OK, codes.Unavailable}}
	client, _ := scripted(t, s, func(c *Config) { c.Fallback = Stale(time.Hour, 10) })
	if _, err := client.UnaryCall(t.Context(), payload("")); err != nil {
		t.Fatal(err)
	}
	if out, err := client.UnaryCall(t.Context(), payload("")); err == nil {
		t.Errorf("got %v", out)
	}
}

func TestStaleForgetsTheOldAndTheLeastUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Stale(time.Minute, 2, unaryCall).(*stale).empty()
		failure := errors.New("down")
		ask := func(text string) error {
			return s.Answer(t.Context(), unaryCall, payload(text), &grpc_testing.SimpleResponse{}, failure)
		}
		keep := func(text string) {
			s.keep(t.Context(), unaryCall, payload(text), &grpc_testing.SimpleResponse{})
		}
		keep("a")
		keep("b")
		if ask("a") != nil {
			t.Error("a is gone")
		}
		keep("c") // b was used least
		if ask("b") == nil || ask("a") != nil || ask("c") != nil {
			t.Error("not the least recently used left")
		}
		time.Sleep(time.Minute + 1)
		if ask("a") == nil || s.recent.Len() != 1 {
			t.Errorf("an old answer was given, or %d kept", s.recent.Len())
		}
		if s.Answer(t.Context(), unaryCall, "no message", nil, failure) != failure {
			t.Error("answered what is no message")
		}
	})
}
