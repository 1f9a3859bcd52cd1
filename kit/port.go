package kit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
)

// port is a server that answers.
type port struct {
	addr   string
	server *http.Server
	cancel context.CancelCauseFunc // of the requests' contexts
	failed chan error              // takes why it ended by itself
	ending atomic.Bool
	done   chan struct{}
}

var errStopping = errors.New("the service stops and the request was not done in time")

// open listens and serves. The error names the variable that gave the port.
func open(variable string, number int, server *http.Server) (*port, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(number)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w; is another process there?", variable, err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	server.BaseContext = func(net.Listener) context.Context { return ctx }
	p := &port{addr: l.Addr().String(), server: server, cancel: cancel, failed: make(chan error, 1), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		serve := server.Serve
		if server.TLSConfig != nil {
			serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
		}
		if err := serve(l); !errors.Is(err, http.ErrServerClosed) {
			p.failed <- err
		}
	}()
	return p, nil
}

// close ends the server and cuts what is still in flight.
func (p *port) close() {
	p.cancel(errStopping) // not what a caller that left looks like
	_ = p.server.Close()
	<-p.done
}

// group is goroutines that are waited for.
type group struct{ all sync.WaitGroup }

func (g *group) run(f func()) { g.all.Go(f) }
func (g *group) wait()        { g.all.Wait() }

// shielded turns a panic into an error: one function that breaks must not
// cut the requests of the others. Of the panic's value only its type is told,
// unless the runtime made it: its text may hold what a user sent.
func shielded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			what := fmt.Sprintf("%T", v)
			if r, ok := v.(runtime.Error); ok {
				what = r.Error()
			}
			err = fmt.Errorf("panic: %s\n%s", what, debug.Stack())
		}
	}()
	return f()
}
