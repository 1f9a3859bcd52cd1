package rpc

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Stale decides for the last good answer to the same question, where one is at
// most maxAge old, and otherwise for the error. It keeps up to entries answers
// in memory, the least recently used leave first; each client keeps its own.
//
// Questions are calls of methods that only read: those whose definition says
// idempotency_level = NO_SIDE_EFFECTS, and those named here by their full names.
// The same question is an equal message with equal metadata, credentials in it
// included, so that nobody sees an answer made for somebody else. Do not use it
// where per-call credentials name different people.
func Stale(maxAge time.Duration, entries int, methods ...string) Fallback {
	return &stale{maxAge: maxAge, entries: entries, methods: methods}
}

type stale struct {
	maxAge  time.Duration
	entries int
	methods []string

	mu     sync.Mutex
	known  map[question]*list.Element
	recent *list.List // of *kept, the last used first
}

// A question is a digest, so that no credentials lie about in memory.
type question [sha256.Size]byte

type kept struct {
	question question
	at       time.Time
	reply    proto.Message
}

func (s *stale) empty() *stale {
	return &stale{maxAge: s.maxAge, entries: s.entries, methods: s.methods, known: map[question]*list.Element{}, recent: list.New()}
}

func (s *stale) validate() error {
	if s.maxAge <= 0 || s.entries < 1 {
		return errors.New("Fallback: rpc.Stale needs a maxAge above 0 and 1 entry or more")
	}
	return nil
}

// Kind implements Fallback.
func (s *stale) Kind() string { return "stale" }

// Answer implements Fallback.
func (s *stale) Answer(ctx context.Context, method string, req, reply any, failure error) error {
	q, ok := s.ask(ctx, method, req)
	to, isMessage := reply.(proto.Message)
	if !ok || !isMessage {
		return failure
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.known[q]
	if !ok {
		return failure
	}
	k := e.Value.(*kept)
	if time.Since(k.at) > s.maxAge {
		s.drop(e)
		return failure
	}
	s.recent.MoveToFront(e)
	proto.Reset(to)
	proto.Merge(to, k.reply)
	return nil
}

func (s *stale) keep(ctx context.Context, method string, req, reply any) {
	q, ok := s.ask(ctx, method, req)
	from, isMessage := reply.(proto.Message)
	if !ok || !isMessage {
		return
	}
	k := &kept{question: q, at: time.Now(), reply: proto.Clone(from)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.known[q]; ok {
		s.drop(e)
	}
	s.known[q] = s.recent.PushFront(k)
	if s.recent.Len() > s.entries {
		s.drop(s.recent.Back())
	}
}

func (s *stale) drop(e *list.Element) {
	delete(s.known, s.recent.Remove(e).(*kept).question)
}

// passing are the metadata that do not make another question.
var passing = []string{traceparent, tracestate, "baggage", "x-request-id", "x-correlation-id"}

// ask returns the question that a call is, if it is one.
func (s *stale) ask(ctx context.Context, method string, req any) (q question, ok bool) {
	message, ok := req.(proto.Message)
	if !ok || !slices.Contains(s.methods, method) && level(method) != descriptorpb.MethodOptions_NO_SIDE_EFFECTS {
		return q, false
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	if err != nil {
		return q, false
	}
	text := appendField(nil, method)
	md, _ := metadata.FromOutgoingContext(ctx)
	for _, key := range sortedKeys(md) {
		text = appendField(text, key)
		for _, value := range md[key] {
			text = appendField(text, value)
		}
	}
	return sha256.Sum256(append(appendField(text, ""), body...)), true
}

func sortedKeys(md metadata.MD) []string {
	keys := make([]string, 0, len(md))
	for key := range md {
		if !slices.Contains(passing, key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// appendField adds a text with its length before it, so that no two lists of
// texts look the same.
func appendField(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}
