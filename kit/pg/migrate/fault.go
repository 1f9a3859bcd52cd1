package migrate

import (
	"errors"
	"time"

	"github.com/golive-dev/golive/kit/pg/internal/plain"
	"github.com/jackc/pgx/v5/pgconn"
)

// fault is an error of the database in words that are fit for a log: the
// drivers' own have several lines, and hold users and values.
type fault struct {
	text  string
	cause error
}

func (f *fault) Error() string { return f.text }

func (f *fault) Unwrap() error { return f.cause }

// plainly returns err as a fault.
func plainly(err error) error {
	if err == nil {
		return nil
	}
	var described interface { // package pg's, which names the database
		error
		ProblemStatus() (int, time.Duration)
	}
	var answer *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &described):
		return &fault{plain.Line(described.Error()), err}
	case errors.As(err, &answer):
		return &fault{plain.Answer(answer), err}
	case errors.As(err, &connect):
		return &fault{"no connection: " + plain.Connect(connect.Unwrap(), ""), err}
	}
	return &fault{plain.Line(err.Error()), err}
}
