package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// HalfSentOptions say how long [HalfSent] holds a request.
type HalfSentOptions struct {
	Hold    time.Duration   // from the moment at which half was sent; 0: until Release
	Release <-chan struct{} // ends the hold when it is closed; may be nil
	Planted func()          // called once half was sent; may be nil
	Limit   time.Duration   // for the answer, after the hold; 0: 30 s
}

// HalfSent sends the head of r and the first half of its body, holds the rest
// back, then sends it and reads the answer. The service is thereby held with a
// request in flight without its help. The caller names the plant in r.Plant:
// "body-short" or "body-long".
//
// When the service cuts the connection during the hold, Error says after how
// long. When it answers during the hold, that is the result. A request without
// a body cannot be planted; its Error says so.
func HalfSent(ctx context.Context, r *Request, o HalfSentOptions) Result {
	if o.Limit <= 0 {
		o.Limit = 30 * time.Second
	}
	res := r.result(time.Now())
	if len(r.Body) < 2 {
		res.Error = notSent + "the request has no body of which half could be held back"
		return res
	}
	raw, err := r.bytes(true)
	if err != nil {
		res.Error = notSent + err.Error()
		return res
	}
	c, err := dial(ctx, r.URL)
	if err != nil {
		res.fail(ctx, err, "before the request")
		return res
	}
	defer c.Close()
	defer c.until(ctx)()
	o.exchange(ctx, c, r, raw, &res)
	return res
}

func (o HalfSentOptions) exchange(ctx context.Context, c *conn, r *Request, raw []byte, res *Result) {
	half := bytes.Index(raw, []byte("\r\n\r\n")) + 4 + len(r.Body)/2
	res.Sent = time.Now()
	if _, err := c.Write(raw[:half]); err != nil {
		res.fail(ctx, err, "before half of the request was sent")
		return
	}
	if o.Planted != nil {
		o.Planted()
	}
	early, err := o.hold(ctx, c)
	if err != nil {
		held := time.Since(res.Sent).Round(time.Millisecond)
		res.fail(ctx, err, fmt.Sprintf("%s into the hold, before the body was complete", held))
		return
	}
	ctx, cancel := within(ctx, o.Limit)
	defer cancel()
	defer c.until(ctx)()
	if !early {
		c.write(raw[half:])
	}
	c.answer(ctx, r, res)
}

// hold waits until the hold ends. It returns early when the service says
// something, and an error when it closes the connection or ctx ends.
func (o HalfSentOptions) hold(ctx context.Context, c *conn) (early bool, err error) {
	heard := make(chan error, 1)
	go func() {
		_, err := c.br.Peek(1)
		heard <- err
	}()
	var over <-chan time.Time
	if o.Hold > 0 {
		t := time.NewTimer(o.Hold)
		defer t.Stop()
		over = t.C
	}
	select {
	case err := <-heard:
		return err == nil, err
	case <-o.Release:
	case <-over:
	}
	c.SetReadDeadline(past) // wakes the reader, whose buffer we need
	err = <-heard
	c.SetReadDeadline(time.Time{})
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return false, nil
	}
	return err == nil, err
}
