package outbound

import (
	"container/list"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// staleBytes bounds all the bodies of one client's Stale, whatever the number of entries.
const staleBytes = 64 << 20

// Stale decides for the last good answer to the same question, where one is at most maxAge old, and otherwise for
// the error. It keeps up to entries answers of 64 MiB in sum in memory, the least recently used leave first; the
// answer given has an Age header in seconds.
//
// The same question is a GET of the same URL with the same headers, credentials and cookies among them; only those that
// differ by nature (trace context, request ids, deadlines) do not count. So nobody ever sees an answer made for
// somebody else, provided that credentials are in the request when it reaches the client: beneath a Transport that adds
// those of the request's user, do not use Stale. Kept are answers of status 200 that neither side marked "no-store".
// Each client keeps its own, also when two are given the same Stale.
func Stale(maxAge time.Duration, entries int) Fallback {
	return &stale{maxAge: maxAge, entries: entries}
}

// passing are the headers that do not make another question.
var passing = map[string]bool{
	"Traceparent": true, "Tracestate": true, "Baggage": true, "Request-Timeout": true,
	"X-Request-Id": true, "X-Correlation-Id": true, "Idempotency-Key": true,
}

type stale struct {
	maxAge  time.Duration
	entries int

	mu     sync.Mutex
	size   int64
	known  map[question]*list.Element
	recent *list.List // of *kept, the last used first
}

// A question is a digest, so that no credentials lie about in memory.
type question [sha256.Size]byte

type kept struct {
	question question
	at       time.Time
	header   http.Header
	content  []byte
}

func (s *stale) Kind() string { return "stale" }

func (s *stale) empty() *stale {
	return &stale{maxAge: s.maxAge, entries: s.entries, known: map[question]*list.Element{}, recent: list.New()}
}

func (s *stale) validate() error {
	if s.maxAge <= 0 || s.entries < 1 {
		return fmt.Errorf("Fallback: outbound.Stale needs a maxAge above 0 and 1 entry or more")
	}
	return nil
}

// Answer implements Fallback.
func (s *stale) Answer(req *http.Request, failure error) (*http.Response, error) {
	if !asks(req) {
		return nil, failure
	}
	k := s.find(questionOf(req))
	if k == nil {
		return nil, failure
	}
	h := k.header.Clone()
	h.Set("Age", strconv.FormatInt(int64(time.Since(k.at)/time.Second), 10))
	return newResponse(req, http.StatusOK, h, k.content), nil
}

// find returns the answer kept, if it is fresh enough.
func (s *stale) find(q question) *kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.known[q]
	if !ok {
		return nil
	}
	k := e.Value.(*kept)
	if time.Since(k.at) > s.maxAge {
		s.drop(e)
		return nil
	}
	s.recent.MoveToFront(e)
	return k
}

// keep implements keeper. The content is shared with the caller's body, which only reads it.
func (s *stale) keep(req *http.Request, resp *http.Response, content []byte) {
	if resp.StatusCode != http.StatusOK || !asks(req) || noStore(resp.Header) || int64(len(content)) > staleBytes/8 {
		return
	}
	k := &kept{question: questionOf(req), at: time.Now(), header: keepable(resp.Header), content: content}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.known[k.question]; ok {
		s.drop(e)
	}
	s.known[k.question] = s.recent.PushFront(k)
	s.size += k.size()
	for s.recent.Len() > s.entries || s.size > staleBytes {
		s.drop(s.recent.Back())
	}
}

func (s *stale) drop(e *list.Element) {
	k := s.recent.Remove(e).(*kept)
	delete(s.known, k.question)
	s.size -= k.size()
}

func (k *kept) size() int64 { return int64(cap(k.content)) }

// asks reports whether the request is one whose answer may be kept.
func asks(req *http.Request) bool {
	return (req.Method == http.MethodGet || req.Method == "") && !hasBody(req) &&
		req.Header.Get("Range") == "" && !noStore(req.Header)
}

func noStore(h http.Header) bool {
	for _, value := range h["Cache-Control"] {
		for directive := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(directive), "no-store") {
				return true
			}
		}
	}
	return false
}

// keepable leaves out what was meant once: a session's cookie, and what belonged to the connection.
func keepable(h http.Header) http.Header {
	out := h.Clone()
	for _, once := range []string{"Set-Cookie", "Connection", "Keep-Alive", "Transfer-Encoding", "Age"} {
		delete(out, once)
	}
	return out
}

// questionOf digests the URL and all headers that are not passing. Every part is preceded by its length, so that no
// two different requests read the same.
func questionOf(req *http.Request) question {
	d := sha256.New()
	part := func(text string) {
		_, _ = io.WriteString(d, strconv.Itoa(len(text))+":"+text)
	}
	part(req.Host)
	part(req.URL.String())
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		if passing[name] {
			continue
		}
		part(name)
		part(strconv.Itoa(len(req.Header[name])))
		for _, value := range req.Header[name] {
			part(value)
		}
	}
	return question(d.Sum(nil))
}
