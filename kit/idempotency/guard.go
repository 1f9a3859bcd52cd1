package idempotency

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/golive-dev/golive/kit/problem"
)

// New returns a middleware that carries out requests with an Idempotency-Key
// once, as draft-ietf-httpapi-idempotency-key-header-07 describes:
//
//   - no key: 400 if it is required, otherwise the request passes as it is
//   - the key is in use by a request in progress: 409 with Retry-After
//   - the key was used for another payload: 422
//   - the key was answered: that answer, with Idempotency-Replayed: true
//   - the store fails: 503, for carrying out without it could be twice
//
// It belongs inside of authentication, so that refusals of that are not kept.
// It panics, as registrations do, if s is nil.
func New(s Store, o Options) func(http.Handler) http.Handler {
	if s == nil {
		panic("idempotency: there is no store; use NewMemory for one process")
	}
	o = o.withDefaults()
	return func(next http.Handler) http.Handler { return &guard{s, o, next} }
}

type guard struct {
	store   Store
	options Options
	next    http.Handler
}

// retryAfter is what callers are told who come while the first request is in
// progress.
const retryAfter = time.Second

// ServeHTTP carries the request out, or answers as before.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.options.covers(r.Method) {
		g.next.ServeHTTP(w, r)
		return
	}
	key, err := keyOf(r.Header)
	switch {
	case err != nil:
		problem.Write(w, r, err)
	case key == "" && g.options.Required:
		problem.Write(w, r, refusal(http.StatusBadRequest, "Idempotency-Key is missing",
			"send an Idempotency-Key header, such as a UUID, and the same one when you try again"))
	case key == "":
		g.next.ServeHTTP(w, r)
	default:
		g.once(w, r, key)
	}
}

// once carries the request out if its key is fresh.
func (g *guard) once(w http.ResponseWriter, r *http.Request, key string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, g.options.MaxBody))
	if err != nil {
		problem.Write(w, r, unread(err, g.options.MaxBody))
		return
	}
	claim := Claim{
		Key:         digest(g.options.Scope(r), key),
		Fingerprint: digest(r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Content-Type"), string(body)),
		Owner:       rand.Text(),
		Lease:       g.options.Lease,
	}
	answer, state, err := g.store.Begin(r.Context(), claim)
	if err != nil {
		g.options.Log.ErrorContext(r.Context(), "idempotency.store_failed", "step", "begin", "error", err)
		p := problem.New(http.StatusServiceUnavailable, "whether this was done before cannot be told now; try again with the same Idempotency-Key")
		p.RetryAfter = retryAfter
		problem.Write(w, r, p.Because(err))
		return
	}
	switch state {
	case Fresh:
		g.carryOut(w, withBody(r, body), claim)
	case Done:
		replay(w, r, answer)
	default:
		problem.Write(w, r, conflict(state))
	}
}

func unread(err error, most int64) error {
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return problem.Newf(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", most)
	}
	return problem.New(http.StatusBadRequest, "the body could not be read to its end").Because(err)
}

func withBody(r *http.Request, body []byte) *http.Request {
	again := new(*r)
	again.Body = io.NopCloser(bytes.NewReader(body))
	again.ContentLength = int64(len(body))
	return again
}

func conflict(state State) *problem.Problem {
	if state == Mismatch {
		return refusal(http.StatusUnprocessableEntity, "Idempotency-Key is already used",
			"this Idempotency-Key was used for another request; use a new one for a new request")
	}
	p := refusal(http.StatusConflict, "A request is outstanding for this Idempotency-Key",
		"the first request with this Idempotency-Key is still being carried out; try again later")
	p.RetryAfter = retryAfter
	return p
}

// carryOut runs the handler and keeps its answer. If it panics, or says that it
// failed, the key is free again.
func (g *guard) carryOut(w http.ResponseWriter, r *http.Request, c Claim) {
	ctx, cancel := context.WithTimeout(r.Context(), c.Lease)
	defer cancel()
	done := false
	defer func() {
		if !done {
			g.settle(r, "abandon", func(ctx context.Context) error { return g.store.Abandon(ctx, c) })
		}
	}()
	answer := newRecorder(w, g.options.MaxAnswer)
	g.next.ServeHTTP(answer, r.WithContext(ctx))
	if kept, ok := answer.whole(ctx); ok {
		done = true
		g.settle(r, "complete", func(ctx context.Context) error { return g.store.Complete(ctx, c, kept, g.options.Keep) })
	}
}

// settling is how long the store may take when the work is over.
const settling = 5 * time.Second

// settle tells the store, also when the caller has left. If it fails, the key
// stays in use until the lease is over.
func (g *guard) settle(r *http.Request, step string, tell func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), settling)
	defer cancel()
	if err := tell(ctx); err != nil {
		g.options.Log.ErrorContext(ctx, "idempotency.store_failed", "step", step, "error", err)
	}
}

// replay gives an answer again.
func replay(w http.ResponseWriter, r *http.Request, a Answer) {
	w.Header().Set(Replayed, "true")
	if a.TooLarge {
		problem.Write(w, r, refusal(http.StatusConflict, "The answer was not kept",
			"this was carried out before, with status "+strconv.Itoa(a.Status)+"; its answer was too large to be kept, so look at what it changed"))
		return
	}
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.Status)
	if len(a.Body) > 0 {
		_, _ = w.Write(a.Body) // a caller that left may come again
	}
}
