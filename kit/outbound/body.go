package outbound

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	// firstRead bounds the memory taken on a peer's mere word about its Content-Length.
	firstRead = 64 << 10
	// mostDiscarded and discardWithin bound what is spent to keep a connection: above, a new one is cheaper.
	mostDiscarded = 64 << 10
	discardWithin = 50 * time.Millisecond
)

// A buffered body has been read whole.
type buffered struct {
	bytes.Reader
	content []byte
	closed  bool
}

func newBuffered(content []byte) *buffered {
	b := &buffered{content: content}
	b.Reset(content)
	return b
}

// Read implements io.Reader. After Close it fails as a body of net/http does.
func (b *buffered) Read(p []byte) (int, error) {
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.Reader.Read(p)
}

// WriteTo implements io.WriterTo, which spares io.Copy its buffer.
func (b *buffered) WriteTo(w io.Writer) (int64, error) {
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.Reader.WriteTo(w)
}

// Close implements io.Closer.
func (b *buffered) Close() error {
	b.closed = true
	return nil
}

// readAll reads the body to its end, which lets the transport use the connection again.
func readAll(resp *http.Response, most int64) ([]byte, error) {
	if resp.Body == http.NoBody {
		return nil, nil
	}
	expected := resp.ContentLength
	if expected > most {
		if resp.Request.Method != http.MethodHead {
			return nil, ErrTooLarge
		}
		expected = 0
	}
	if expected < 0 {
		expected = 512
	}
	content := make([]byte, 0, min(expected, firstRead)+1) // one more, to meet the end without growing
	for {
		n, err := resp.Body.Read(content[len(content):cap(content)])
		content = content[:len(content)+n]
		switch {
		case int64(len(content)) > most:
			return nil, ErrTooLarge
		case err == io.EOF:
			return content, nil
		case err != nil:
			return nil, err
		}
		if len(content) == cap(content) {
			content = append(content, 0)[:len(content)]
		}
	}
}

func tooLarge(most int64) string {
	return fmt.Sprintf("answer is larger than %d bytes: raise MaxResponse or use outbound.Stream", most)
}

// discard reads the rest of an answer that nobody wants, so that its connection can be used again, and closes
// it. A rest that is long or slow costs the connection instead.
func discard(body io.ReadCloser, cancel func()) {
	late := time.AfterFunc(discardWithin, cancel)
	defer late.Stop()
	_, _ = io.Copy(io.Discard, io.LimitReader(body, mostDiscarded))
	_ = body.Close()
}
