package proxy

import (
	"bufio"
	"bytes"
	"errors"
	"net/http"
)

// maxHead is how long a request or status line with its headers may be; what
// is longer passes as a stream that nobody understands.
const maxHead = 1 << 20

// errForeign says that bytes are no HTTP/1 that the tee understands.
var errForeign = errors.New("no HTTP/1")

// readHead reads up to and with the empty line after the headers. With an
// error it returns what was read until then.
func readHead(br *bufio.Reader) (head []byte, err error) {
	for line := 0; ; {
		part, err := br.ReadSlice('\n')
		head = append(head, part...)
		switch {
		case len(head) > maxHead:
			return head, errForeign
		case err == bufio.ErrBufferFull:
			continue
		case err != nil:
			return head, err
		}
		text := bytes.TrimRight(head[line:], "\r\n")
		if len(text) == 0 && len(bytes.Trim(head, "\r\n")) > 0 {
			return head, nil
		}
		line = len(head)
	}
}

// parser reads heads with the standard library. One serves one connection.
type parser struct {
	text bytes.Reader
	br   *bufio.Reader
}

func (p *parser) reset(head []byte) *bufio.Reader {
	p.text.Reset(bytes.TrimLeft(head, "\r\n"))
	if p.br == nil {
		p.br = bufio.NewReader(&p.text)
	}
	p.br.Reset(&p.text)
	return p.br
}

// request parses the head of a request; HTTP/2's is foreign.
func (p *parser) request(head []byte) (*http.Request, extent, error) {
	r, err := http.ReadRequest(p.reset(head))
	if err != nil || r.ProtoMajor != 1 {
		return nil, 0, errForeign
	}
	if r.ContentLength < 0 {
		return r, chunked, nil
	}
	return r, extent(r.ContentLength), nil
}

// answer parses the head of an answer to r. What is no HTTP/1 is an answer
// that lasts until its sender closes.
func (p *parser) answer(head []byte, r *http.Request) *answer {
	res, err := http.ReadResponse(p.reset(head), r)
	if err != nil || res.ProtoMajor != 1 {
		return &answer{head: head, size: untilClosed, foreign: true}
	}
	a := &answer{head: head, status: res.StatusCode}
	switch {
	case r.Method == http.MethodHead || res.StatusCode < 200 ||
		res.StatusCode == http.StatusNoContent || res.StatusCode == http.StatusNotModified:
		a.never = true
	case len(res.TransferEncoding) > 0:
		a.size = chunked
	case res.ContentLength < 0:
		a.size = untilClosed
	default:
		a.size = extent(res.ContentLength)
	}
	a.switches = res.StatusCode == http.StatusSwitchingProtocols ||
		r.Method == http.MethodConnect && res.StatusCode/100 == 2
	return a
}
