package plain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func refused(address string) error {
	to, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		panic(err) // an address of this file
	}
	return fmt.Errorf("%s (db): dial error: %w", address,
		&net.OpError{Op: "dial", Net: "tcp", Addr: to, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)})
}

func TestConnect(t *testing.T) {
	for want, err := range map[string]error{
		"connection refused": errors.Join(refused("127.0.0.1:1"), refused("127.0.0.1:1")),
		"connection refused; 10.0.0.2:1: connection refused":     errors.Join(refused("127.0.0.1:1"), refused("10.0.0.2:1")),
		"tls error: x509: unknown authority":                     errors.New("127.0.0.1:1 (127.0.0.1): tls error: x509: unknown\n authority"),
		"10.0.0.2:1 (db): tls error: EOF":                        errors.New("10.0.0.2:1 (db): tls error: EOF"),
		"hostname resolving error: lookup db: no such host":      errors.New("hostname resolving error: lookup db: no such host"),
		"no answer in time":                                      errors.Join(fmt.Errorf("timeout: %w", context.DeadlineExceeded)),
		"the server refuses user or password (SQLSTATE 28P01)":   errors.Join(fmt.Errorf("server error: %w", &pgconn.PgError{Code: "28P01", Message: `password authentication failed for user "ann"`})),
		"sorry, too many clients already (SQLSTATE 53300)":       fmt.Errorf("server error: %w", &pgconn.PgError{Code: "53300", Message: "sorry, too many clients already"}),
		"the database system is shutting down; (SQLSTATE 57P03)": &pgconn.PgError{Code: "57P03", Message: "the database system\n is shutting down;"},
		"a value does not fit (SQLSTATE 22P02)":                  &pgconn.PgError{Code: "22P02", Message: `invalid input: "ann"`},
		"raised by a function (SQLSTATE P0001)":                  &pgconn.PgError{Code: "P0001", Message: "ann"},
	} {
		if got := Connect(err, "127.0.0.1:1"); got != want {
			t.Errorf("%v:\n got %s\nwant %s", err, got, want)
		}
	}
}
