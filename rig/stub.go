package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golive-dev/golive/service"
)

// stub is an HTTP upstream that the rig plays itself.
type stub struct {
	server *http.Server
	part   share
}

func (r *Rig) startStub(d service.Dependency) (backend, error) {
	root, err := newAnswer(*d.Stub)
	if err != nil {
		return nil, &StartError{Reason: fmt.Sprintf("dependencies.%s.stub: %v", d.Name, err)}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the stub of %s: %w", d.Name, err)
	}
	b := &stub{part: share{addr: l.Addr().String(), link: url.URL{Scheme: "http"}}}
	b.server = &http.Server{
		ErrorLog: log.New(io.Discard, "", 0), // clients that hang up are the drills' doing
		Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			defer r.catch()
			root.serve(w, q)
		}),
	}
	r.run(func() { b.server.Serve(l) })
	return b, nil
}

func (b *stub) share(context.Context, string) (*share, error) { return &b.part, nil }

func (b *stub) close() { b.server.Close() }

// answer is a stub, or a route of one, made ready.
type answer struct {
	method string // "" for any
	path   string // with a trailing slash: all below
	status int
	header http.Header
	body   []byte
	wait   time.Duration
	routes []*answer
}

func newAnswer(s service.Stub) (*answer, error) {
	a := &answer{status: s.Status, header: http.Header{}, body: []byte(s.Body), wait: s.Latency.D()}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if s.JSON != nil {
		body, err := json.Marshal(s.JSON)
		if err != nil {
			return nil, fmt.Errorf("json: %w", err)
		}
		a.body = body
		a.header.Set("Content-Type", "application/json")
	}
	for _, h := range s.Headers {
		a.header.Set(h.Name, h.Value)
	}
	for _, route := range s.Routes {
		r, err := newAnswer(route.Stub)
		if err != nil {
			return nil, fmt.Errorf("route %q: %w", route.Request, err)
		}
		r.method, r.path = splitRequest(route.Request)
		a.routes = append(a.routes, r)
	}
	return a, nil
}

// splitRequest reads "GET /accounts/", or "/accounts/" for every method.
func splitRequest(s string) (method, path string) {
	s = strings.TrimSpace(s)
	if m, p, ok := strings.Cut(s, " "); ok {
		return strings.ToUpper(m), strings.TrimSpace(p)
	}
	return "", s
}

func (a *answer) matches(q *http.Request) bool {
	if a.method != "" && a.method != q.Method {
		return false
	}
	return q.URL.Path == a.path || strings.HasSuffix(a.path, "/") && strings.HasPrefix(q.URL.Path, a.path)
}

// serve reads the request whole before it answers, as most upstreams do.
func (a *answer) serve(w http.ResponseWriter, q *http.Request) {
	for _, r := range a.routes {
		if r.matches(q) {
			r.serve(w, q)
			return
		}
	}
	io.Copy(io.Discard, q.Body) // what the client cannot send, it notices itself
	if a.wait > 0 {
		select {
		case <-time.After(a.wait):
		case <-q.Context().Done():
			return
		}
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	w.Write(a.body)
}
