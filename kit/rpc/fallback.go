package rpc

import (
	"context"
	"errors"
)

// A Fallback decides what the caller of a unary method gets when the
// dependency gave no answer within its deadline and attempts, or was not asked.
// It is not used when the caller itself left. Each use is counted
// (http_client_fallbacks_total), logged and told through [FellBack].
type Fallback interface {
	// Kind names the fallback in metrics and logs, as in "stale".
	Kind() string
	// Answer fills reply in place of the dependency, or returns the error that
	// the caller gets. It must not wait: the call's time is used up. failure is
	// an *Error.
	Answer(ctx context.Context, method string, req, reply any, failure error) error
}

// keeper is a fallback that learns from good answers.
type keeper interface {
	keep(ctx context.Context, method string, req, reply any)
}

// Fail decides that there is no answer without the dependency: the caller gets
// the *Error.
func Fail() Fallback {
	return Func("fail", func(_ context.Context, _ string, _, _ any, failure error) error { return failure })
}

// Func makes a fallback of a function; kind names it in metrics and logs. The
// rules of Fallback's Answer hold for f.
func Func(kind string, f func(ctx context.Context, method string, req, reply any, failure error) error) Fallback {
	return function{kind, f}
}

type function struct {
	kind   string
	answer func(context.Context, string, any, any, error) error
}

func (f function) Kind() string { return f.kind }

func (f function) Answer(ctx context.Context, method string, req, reply any, failure error) error {
	return f.answer(ctx, method, req, reply, failure)
}

func (f function) validate() error {
	if f.kind == "" || f.answer == nil {
		return errors.New("Fallback: rpc.Func needs a kind and a function")
	}
	return nil
}
