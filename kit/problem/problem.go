package problem

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ContentType is the media type of problems, by RFC 9457, section 3.
const ContentType = "application/problem+json"

// Problem is an answer that tells what is wrong, by RFC 9457. All of it but
// RetryAfter and the cause is sent to the caller.
type Problem struct {
	// Type is a URI that identifies the kind of problem, best one that
	// resolves to its documentation. Empty is about:blank: the status says
	// it all.
	Type string `json:"type,omitempty"`

	// Title is the kind of problem in a few words, the same each time.
	// Empty is the status' usual phrase.
	Title string `json:"title,omitempty"`

	// Status is the HTTP status, 400 to 599. Others are sent as 500.
	Status int `json:"status"`

	// Detail is what is wrong this time and what can be done about it, for
	// people. It must not hold what only the inside may know.
	Detail string `json:"detail,omitempty"`

	// Instance is a URI that identifies this occurrence.
	Instance string `json:"instance,omitempty"`

	// TraceID finds this occurrence in logs and traces. Empty is the
	// request's own.
	TraceID string `json:"trace_id,omitempty"`

	// Errors are what is wrong with single parts of the request.
	Errors []Field `json:"errors,omitempty"`

	// RetryAfter is after how long it is worth trying again. It is sent as
	// the Retry-After header in whole seconds, rounded up; 0 sends none.
	RetryAfter time.Duration `json:"-"`

	cause error
}

// Field is what is wrong with one part of a request's body. It is an error, so
// that a Validate method may return several through [errors.Join].
type Field struct {
	Pointer string `json:"pointer"` // JSON Pointer (RFC 6901): "/items/0/quantity"
	Detail  string `json:"detail"`  // what is wrong with it: "must be a positive number"
}

// Error returns the field and what is wrong with it.
func (f Field) Error() string { return f.Pointer + " " + f.Detail }

// New returns the problem of a status, with what is wrong this time.
func New(status int, detail string) *Problem {
	return &Problem{Status: status, Detail: detail}
}

// Newf is [New] with a format. Mind that the caller reads it.
func Newf(status int, format string, args ...any) *Problem {
	return New(status, fmt.Sprintf(format, args...))
}

// Because notes the error behind p, for the log alone: it is unwrapped by
// [errors.Is] and its like, and never sent. It changes and returns p.
func (p *Problem) Because(err error) *Problem {
	p.cause = err
	return p
}

// Error returns what the log says of p: the status, the detail and the cause.
func (p *Problem) Error() string {
	text := fmt.Sprintf("%d %s", p.status(), p.title())
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if p.cause != nil {
		text += ": " + p.cause.Error()
	}
	return text
}

// Unwrap returns the error behind p, or nil.
func (p *Problem) Unwrap() error {
	if p == nil {
		return nil
	}
	return p.cause
}

// knowing is an error that knows how it is answered.
type knowing interface {
	error
	ProblemStatus() (status int, retryAfter time.Duration)
}

// From returns the problem that [Write] sends for err: the one that err is or
// wraps; else one of the status and with the RetryAfter that an error in its tree
// tells by a method
//
//	ProblemStatus() (status int, retryAfter time.Duration)
//
// as errors of dependencies do which are 503, not 500; else a 500. Of the latter
// two none says what err says. It is never nil.
func From(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok && p != nil {
		return p
	}
	if k, ok := errors.AsType[knowing](err); ok {
		status, after := k.ProblemStatus()
		p := New(status, "").Because(err)
		p.RetryAfter = after
		return p
	}
	return New(http.StatusInternalServerError, "").Because(err)
}

func (p *Problem) status() int {
	if p.Status < 400 || p.Status > 599 {
		return http.StatusInternalServerError
	}
	return p.Status
}

func (p *Problem) title() string {
	if p.Title != "" {
		return p.Title
	}
	return http.StatusText(p.status())
}
