// Package problem answers errors as RFC 9457 does: one JSON object that says
// what is wrong, for programs and for people, and nothing that the outside must
// not know.
//
//	problem.Write(w, r, problem.New(http.StatusNotFound, "there is no such order"))
//
//	HTTP/1.1 404 Not Found
//	Content-Type: application/problem+json
//
//	{"title":"Not Found","status":404,"detail":"there is no such order","trace_id":"0af7651916cd43dd8448eb211c80319c"}
//
// A [Problem] is an error, so that it can be returned from any depth, wrapped on
// its way, and carry what really happened for the log alone:
//
//	return problem.New(http.StatusBadGateway, "the payment could not be made").Because(err)
//
// # Defaults
//
// An error that is no Problem becomes a bare 500: its text may hold a query, a
// host or somebody's name, so it is never sent. One with a method ProblemStatus
// (see [From]) chooses the status and Retry-After, and no more. Title is the
// status' usual phrase, Type is left out, which means about:blank, TraceID is the
// request's, from its context (OpenTelemetry's span context). An answer lives for
// one request: what a handler had set for its success – caching, length,
// encoding, entity tag – is taken back.
//
// # What it does not do
//
// It does not log: whoever handles the request does, once (kit/inbound). It
// writes JSON whatever the Accept header says, which RFC 9110 allows for errors.
//
// Requirements: security/input-validation, resilience/fallback,
// security/pii-logs, scaling/ten-times.
package problem
