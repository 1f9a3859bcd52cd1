package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

// reason says in words of our own why the transport failed. An error's own text is taken only where it can hold
// nothing of the URL, the peer or a credential: "malformed HTTP response" quotes the peer, and errors of other
// transports quote anything.
func reason(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "no such host"
		}
		return "looking up the host failed"
	}
	for _, known := range reasons {
		if errors.Is(err, known.is) {
			return known.text
		}
	}
	if text, ok := tlsReason(err); ok {
		return text
	}
	if strings.Contains(err.Error(), "malformed") {
		return "malformed answer"
	}
	return fmt.Sprintf("the transport failed (%T)", innermost(err))
}

var reasons = []struct {
	is   error
	text string
}{
	{syscall.ECONNREFUSED, "connection refused"},
	{syscall.ECONNRESET, "connection reset"},
	{syscall.EPIPE, "connection reset"},
	{syscall.EHOSTUNREACH, "host unreachable"},
	{syscall.ENETUNREACH, "network unreachable"},
	{syscall.EMFILE, "this process has no file descriptor left"},
	{io.ErrUnexpectedEOF, "connection closed in the middle of the answer"},
	{io.EOF, "connection closed before an answer"},
	{net.ErrClosed, "connection closed"},
}

func tlsReason(err error) (string, bool) {
	if refused, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "certificate refused: " + short(refused.Err.Error()), true
	}
	if alert, ok := errors.AsType[tls.AlertError](err); ok {
		return alert.Error(), true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the peer does not speak TLS", true
	}
	return "", false
}

// hopeless reports that another attempt must fail in the same way.
func hopeless(err error) bool {
	_, isTLS := tlsReason(err)
	return isTLS
}

// timedOut reports whether a deadline ended the attempt: ours, the dialer's or the handshake's.
func timedOut(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	limit, ok := errors.AsType[net.Error](err)
	return ok && limit.Timeout()
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// short bounds a text that the peer has a part in, as in the names of a certificate.
func short(text string) string {
	const most = 200
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
