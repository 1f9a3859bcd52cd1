// Package plain says on one line what went wrong, in words that may be logged:
// without names of users, and without the values that PostgreSQL repeats.
package plain

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Line returns text on one line.
func Line(text string) string { return strings.Join(strings.Fields(text), " ") }

// Answer repeats the server's message, unless messages of its class hold
// values: data exceptions do, and so may what functions raise themselves; a
// refusal names the user.
func Answer(e *pgconn.PgError) string {
	switch {
	case e.Code == "57014":
		return "the server ended the statement, over the timeout or canceled (SQLSTATE 57014)"
	case strings.HasPrefix(e.Code, "22"):
		return "a value does not fit (SQLSTATE " + e.Code + ")"
	case strings.HasPrefix(e.Code, "28"):
		return "the server refuses user or password (SQLSTATE " + e.Code + ")"
	case strings.HasPrefix(e.Code, "P0"):
		return "raised by a function (SQLSTATE " + e.Code + ")"
	}
	return Line(e.Message) + " (SQLSTATE " + e.Code + ")"
}

// Connect says why no connection was made to the address at. The driver joins
// one error per address and way to encrypt, which mostly are the same.
func Connect(err error, at string) string {
	var reasons []string
	for _, e := range parts(err) {
		if text := reason(e, at); !slices.Contains(reasons, text) {
			reasons = append(reasons, text)
		}
	}
	return strings.Join(reasons, "; ")
}

const late = "no answer in time"

func parts(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, parts(e)...)
	}
	return all
}

// reason leaves out the address where it is at, which the error says already.
func reason(err error, at string) string {
	var dial *net.OpError
	var answer *pgconn.PgError
	switch {
	case errors.As(err, &answer):
		return Answer(answer)
	case errors.As(err, &dial) && dial.Op == "dial" && dial.Addr != nil:
		text := strings.TrimPrefix(Line(dial.Err.Error()), "connect: ")
		if dial.Timeout() {
			text = late
		}
		if address := dial.Addr.String(); address != at {
			text = address + ": " + text
		}
		return text
	case errors.Is(err, context.DeadlineExceeded):
		return late
	}
	text := Line(err.Error())
	if rest, ok := strings.CutPrefix(text, at+" ("); ok {
		if _, tail, ok := strings.Cut(rest, "): "); ok {
			return strings.TrimPrefix(tail, "AfterNetConnect failed: ")
		}
	}
	return text
}
