package main

import (
	"errors"
	"log/slog"
	"net"
	"net/url"
)

// failure is a call that a request has to do without, and what the log says of
// it.
type failure struct {
	err     error
	attempt int // the last that was made; 0 when none was
}

func (f failure) Error() string { return f.err.Error() }

func (f failure) Unwrap() error { return f.err }

// failureAttrs are the fields of the line of a failed call.
func failureAttrs(u *upstream, err error) []slog.Attr {
	host, port := u.address()
	attrs := []slog.Attr{slog.String("dependency", u.name), slog.String("host", host), slog.String("port", port)}
	var f failure
	if errors.As(err, &f) {
		attrs = append(attrs, slog.Int("attempt", f.attempt), slog.Int("attempts", u.again.attempts))
	}
	return append(attrs, slog.Int64("timeout_ms", budget.Milliseconds()), slog.String("error", err.Error()))
}

// address returns where the upstream is called.
func (u *upstream) address() (host, port string) {
	base, err := url.Parse(u.base)
	if err != nil {
		return "", ""
	}
	if host, port, err = net.SplitHostPort(base.Host); err != nil {
		return base.Host, "80"
	}
	return host, port
}
