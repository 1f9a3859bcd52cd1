package vault

import (
	"io"
	"net/http"
)

// answerLimit is far above what an engine stores, in bytes. The library reads
// answers to their end.
const answerLimit = 4 << 20

// bounded cuts answers off, which then do not parse.
type bounded struct {
	http.RoundTripper
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if answer != nil && answer.Body != nil {
		answer.Body = cut{io.LimitReader(answer.Body, answerLimit), answer.Body}
	}
	return answer, err
}

// CloseIdleConnections lets http.Client reach those of the transport.
func (b bounded) CloseIdleConnections() {
	if c, ok := b.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

type cut struct {
	io.Reader
	io.Closer
}
