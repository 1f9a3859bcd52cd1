package proxy

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http/httputil"
)

// answer is the beginning of a dependency's answer.
type answer struct {
	head     []byte // as it came; of a stream, its first bytes
	status   int
	size     extent // of the body
	never    bool   // it can have no body
	switches bool   // after it comes another protocol
	foreign  bool   // it is no HTTP/1
	source   *bufio.Reader
}

// interim reports whether another answer follows, as after 100 Continue.
func (a *answer) interim() bool { return a.status/100 == 1 && !a.switches }

// bodiless reports whether only the head can be drawn out.
func (a *answer) bodiless() bool { return a.never || a.foreign }

// beginning returns what the service cannot take for the whole answer.
func (a *answer) beginning() []byte {
	switch {
	case a.foreign:
		return a.head[:(len(a.head)+1)/2]
	case a.never || a.size == 0:
		return bytes.TrimRight(a.head, "\r\n")
	}
	return a.head
}

// paddedHead returns the head with n bytes of a header that means nothing; of
// what is no HTTP all but the last byte.
func (a *answer) paddedHead(n int) []byte {
	if a.foreign {
		return a.head[:max(1, len(a.head)-1)]
	}
	return withHeaders(a.head, fmt.Appendf(nil, "X-Golive-Drip: %s\r\n", bytes.Repeat([]byte{'.'}, n)))
}

// announced returns a head that announces n bytes more than there are, and a
// body to drip: what came with the head already and then n blanks.
func (a *answer) announced(n int) (head, body []byte) {
	body = a.early()
	whole := max(int64(a.size), int64(len(body))) // of a chunked body only what came is known
	length := fmt.Appendf(nil, "Content-Length: %d\r\n", whole+int64(n))
	head = withHeaders(a.head, length, "content-length:", "transfer-encoding:", "trailer:")
	return head, append(body, bytes.Repeat([]byte{' '}, n)...)
}

// early returns the bytes of the body that came with the head.
func (a *answer) early() []byte {
	came, _ := a.source.Peek(a.source.Buffered())
	switch a.size {
	case chunked:
		body, _ := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(came)))
		return body
	case untilClosed:
		return bytes.Clone(came)
	}
	return bytes.Clone(came[:min(int64(len(came)), int64(a.size))])
}

// withHeaders returns head with more headers at its end and without those
// whose lines begin, in lower case, with one of drop.
func withHeaders(head, more []byte, drop ...string) []byte {
	var out []byte
	for line := range bytes.Lines(bytes.TrimRight(head, "\r\n")) {
		if !beginsWith(line, drop) {
			out = append(append(out, bytes.TrimRight(line, "\r\n")...), "\r\n"...)
		}
	}
	return append(append(out, more...), "\r\n"...)
}

func beginsWith(line []byte, any []string) bool {
	lower := bytes.ToLower(line)
	for _, prefix := range any {
		if bytes.HasPrefix(lower, []byte(prefix)) {
			return true
		}
	}
	return false
}
