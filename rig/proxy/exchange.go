package proxy

import (
	"time"

	"github.com/golive-dev/golive/evidence"
)

// exchange is a call and its answer, while they go through the proxy: what a
// fault can do to them.
type exchange struct {
	*conn
	talk
	call   *call
	spell  *spell
	spared bool
}

// talk is the half of an exchange that knows the protocol.
type talk interface {
	// forward lets the request go to the dependency, drop reads it and lets
	// it go nowhere. The first of both decides. From then on the service is
	// watched for giving up.
	forward() error
	drop()
	// watch goes on watching also where the service has sent more than one
	// request. Nothing is read from it afterwards.
	watch()
	// asked is closed when the request was read, as far as the service
	// sends it without being answered.
	asked() <-chan struct{}
	// opening forwards the request and waits for the beginning of the answer.
	opening() (*answer, error)
	// rest sends an answer and what follows of it.
	rest(a *answer) error
}

// run lets the call meet the fault in force and reports it. It returns false
// when the connection is over.
func (x *exchange) run() bool {
	fault, broken := x.spell.answers()
	if broken {
		x.spell.hits.Add(1)
		x.proxy.log.amend(x.call, func(c *evidence.Call) { c.Shape = x.spell.fault.Shape() })
	}
	err := fault.meet(x)
	if err != nil {
		x.stop(ending{end: evidence.Cut})
		x.proxy.log.finish(x.call, x.ending())
	} else if !x.keepsCall() {
		x.proxy.log.finish(x.call, ending{end: evidence.Answered, at: time.Now()})
	}
	x.spell.leave()
	return err == nil
}

// spare takes the hit back: this call does not feel the fault.
func (x *exchange) spare() {
	x.spared = true
	x.spell.hits.Add(-1)
	x.proxy.log.amend(x.call, func(c *evidence.Call) { c.Shape = "" })
}

// keepsCall reports whether the call outlives the exchange: a stream's whole
// connection is one call where no fault was felt.
func (x *exchange) keepsCall() bool {
	_, stream := x.talk.(*turn)
	return stream && x.spared
}

// pass lets the dependency answer.
func (x *exchange) pass() error {
	a, err := x.opening()
	if err != nil {
		return err
	}
	return x.rest(a)
}

// hear reads the request, which goes nowhere.
func (x *exchange) hear() error {
	x.drop()
	select {
	case <-x.asked():
		return nil
	case <-x.done():
		return errOver
	case <-x.spell.lifted:
		return x.hang()
	}
}

// hang does nothing until the service gives up or the fault is lifted.
func (x *exchange) hang() error {
	x.drop()
	x.watch()
	select {
	case <-x.done():
	case <-x.spell.lifted:
		x.stop(ending{end: evidence.Open})
	}
	return errOver
}

// drip sends b byte by byte, and then hangs.
func (x *exchange) drip(b []byte, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	x.watch()
	for i := range b {
		if err := x.send(b[i : i+1]); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-x.done():
			return errOver
		case <-x.spell.lifted:
			return x.hang()
		}
	}
	return x.hang()
}

// wait lets d pass, or less when the fault is lifted before.
func (x *exchange) wait(d time.Duration) error {
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case <-late.C:
		return nil
	case <-x.spell.lifted:
		return nil
	case <-x.done():
		return errOver
	}
}

// cut ends the connection: as a reset, or in good order when soft. The call is
// reported before the service can know, so that what it tries next comes
// after.
func (x *exchange) cut(soft bool) error {
	e := ending{end: evidence.Cut, at: time.Now(), soft: soft}
	if x.dialing.Err() == nil {
		x.proxy.log.finish(x.call, e)
	}
	x.stop(e)
	return errOver
}
