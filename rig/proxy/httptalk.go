package proxy

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// httpTalk is one request and its answer.
type httpTalk struct {
	*httpConn
	head     []byte // of the request, as it came
	req      *http.Request
	size     extent // of the request's body
	read     chan struct{}
	call     *call
	begun    bool
	watched  bool
	switched bool
}

// exchange begins the call, under the fault in force.
func (t *httpTalk) exchange(nth int, at time.Time) *exchange {
	t.call = t.proxy.log.begin(at, evidence.Call{
		Conn: t.number, Nth: nth,
		Method: t.req.Method, Path: t.req.RequestURI, Header: header(t.req),
	})
	return &exchange{conn: t.conn, talk: t, call: t.call, spell: t.proxy.enter()}
}

func (t *httpTalk) forward() error {
	if t.begun {
		return nil
	}
	t.begun = true
	up, fresh, err := t.dependency()
	if err != nil {
		return err
	}
	if fresh {
		t.first = up.await(&t.proxy.work)
	}
	_, _ = up.bw.Write(t.head) // a failure shows when the answer is read
	t.listen(deaf{up.bw})
	return nil
}

func (t *httpTalk) drop() {
	if !t.begun {
		t.begun = true
		t.listen(nowhere{})
	}
}

func (t *httpTalk) asked() <-chan struct{} { return t.read }

// listen reads the request's body in the background, and then waits for what
// the service does next: ask again, or close because it gave up.
func (t *httpTalk) listen(to sink) {
	next := make(chan arrival, 1)
	t.next = next
	if strings.EqualFold(t.req.Header.Get("Expect"), "100-continue") {
		close(t.read) // the body comes only when the answer asks for it
	}
	t.proxy.work.Go(func() {
		if err := t.body(to); err != nil {
			next <- arrival{time.Now(), t.lost(evidence.GaveUp, err)}
			return
		}
		_, err := t.client.br.Peek(1)
		if err != nil {
			_ = t.lost(evidence.GaveUp, err)
		}
		next <- arrival{time.Now(), err}
	})
}

func (t *httpTalk) watch() {
	if t.watched {
		return
	}
	t.watched = true
	t.proxy.work.Go(func() {
		a, br := <-t.next, t.client.br
		for a.err == nil && br.Buffered() < br.Size() {
			_, a.err = br.Peek(br.Buffered() + 1)
		}
		if a.err != nil {
			_ = t.lost(evidence.GaveUp, a.err)
		}
	})
}

// body passes the request's body on and notes its hash, before the dependency
// can answer to all of it.
func (t *httpTalk) body(to sink) error {
	sum := sha256.New()
	err := flow{from: t.client.br, to: to, sum: sum, full: func() {
		t.proxy.log.amend(t.call, func(c *evidence.Call) { c.BodyHash = hex.EncodeToString(sum.Sum(nil)[:8]) })
	}}.body(t.size)
	_ = to.Flush()
	if err != nil {
		return err
	}
	select {
	case <-t.read:
	default:
		close(t.read)
	}
	return nil
}

func (t *httpTalk) opening() (*answer, error) {
	if err := t.forward(); err != nil {
		return nil, err
	}
	select {
	case a := <-t.first:
		t.first = nil
		if a.err != nil {
			return nil, t.lost(evidence.Cut, a.err)
		}
	case <-t.done():
		return nil, errOver
	}
	for {
		head, err := readHead(t.up.br)
		if err != nil && err != errForeign {
			_ = t.send(head)
			return nil, t.lost(evidence.Cut, err)
		}
		a := t.answer(head, t.req)
		a.source = t.up.br
		if !a.interim() {
			t.proxy.log.amend(t.call, func(c *evidence.Call) { c.Status = a.status })
			return a, nil
		}
		if err := t.send(head); err != nil {
			return nil, err
		}
	}
}

func (t *httpTalk) rest(a *answer) error {
	to := toService{t.conn}
	if _, err := to.Write(a.head); err != nil {
		return err
	}
	if !a.switches && !a.never {
		if err := (flow{from: t.up.br, to: to}).body(a.size); err == errOver {
			return err
		} else if err != nil {
			_ = to.Flush()
			return t.lost(evidence.Cut, err)
		}
	}
	if err := to.Flush(); err != nil {
		return err
	}
	t.switched = a.switches
	if !t.switched {
		t.first = t.up.await(&t.proxy.work)
	}
	return nil
}
