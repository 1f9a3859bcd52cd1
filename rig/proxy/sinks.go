package proxy

import "github.com/golive-dev/golive/evidence"

// toService is the service's connection. That it cannot be written to means
// that the service gave up.
type toService struct{ c *conn }

func (t toService) Write(b []byte) (int, error) {
	if t.c.dialing.Err() != nil {
		return 0, errOver
	}
	n, err := t.c.client.bw.Write(b)
	if err != nil {
		return n, t.c.lost(evidence.GaveUp, err)
	}
	return n, nil
}

func (t toService) Flush() error { return t.c.flush() }

// deaf is a dependency's connection. One that takes no more bytes may have
// answered all the same, so the rest of the request is read and lost.
type deaf struct{ sink }

func (d deaf) Write(b []byte) (int, error) {
	_, _ = d.sink.Write(b)
	return len(b), nil
}

func (d deaf) Flush() error {
	_ = d.sink.Flush()
	return nil
}

// nowhere takes what nobody is to get.
type nowhere struct{}

func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) Flush() error                { return nil }
