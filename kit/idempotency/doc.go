// Package idempotency carries out a request once, however often it is sent. A
// caller that got no answer cannot know whether its order was placed; with an
// Idempotency-Key it may simply send it again.
//
//	once := idempotency.New(store, idempotency.Options{Scope: accountOf})
//	mux.Handle("POST /orders", once(placeOrder))
//
//	POST /orders
//	Idempotency-Key: "8e03978e-40d5-43e8-bc93-6894a57f9324"
//
// The first request is carried out and its answer kept; a repetition gets that
// answer, marked Idempotency-Replayed: true. While the first is in progress
// others get 409 with Retry-After, and the same key with another payload gets
// 422, as draft-ietf-httpapi-idempotency-key-header-07 has it. Errors are
// problem+json.
//
// # Whose key
//
// A key belongs to a caller: another one with the same key never sees the
// answer. By default callers are told apart by their credentials; let Scope
// return the account's id, so that a retry with a renewed token is still the
// same.
//
// # What is kept
//
// Answers that say what was done, or why it never can be: statuses below 500
// but those that may be over next time (401, 403, 408, 409, 423, 425, 429).
// After a failure, a panic or a caller that left before anything was answered,
// the key is free again. Streams reach the caller as they are written and are
// kept as a whole.
//
// # Stores
//
// [NewMemory] is for one process. For replicas there is PostgreSQL:
// pg.IdempotencyStore in kit/pg. A store of your own implements [Store] and
// passes the suite in idempotencytest.
//
// # Defaults
//
// Answers are kept for 24 h (as with Stripe) up to 256 KiB; a larger one is
// delivered and a repetition refused. Bodies of requests may have 1 MiB. A
// request has a lease of a minute: its context ends then, and if the process
// crashed, a retry is carried out from then on. If the store fails the answer
// is 503: doing it without a store could be doing it twice.
//
// # What it does not do
//
// A process that crashes after the work and before its answer is kept leaves no
// trace, and a retry does the work again once the lease is over. Where that
// must not be, write a unique column from the key in the same transaction as
// the work. Websockets and other hijacked connections are refused.
//
// Requirements: resilience/retries, deployment/crash-safety
package idempotency
