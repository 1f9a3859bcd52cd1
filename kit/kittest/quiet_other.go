//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package kittest

import (
	"errors"
	"os"
	"time"
)

// quiet reports whether the service has neither closed c nor said anything
// since its last answer; only then can c carry another request.
func (c *conn) quiet() bool {
	c.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := c.br.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}
