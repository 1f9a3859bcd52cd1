package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// instance is a running service.
type instance struct {
	behaviour
	began             time.Time
	log               *slog.Logger
	metrics           metrics
	inventory, prices *upstream
	failures          atomic.Int64 // requests that had to do without inventory
	state             watched
	spans             exporter
}

func newInstance(b behaviour, c configuration, out io.Writer) *instance {
	return &instance{
		behaviour: b, began: time.Now(), metrics: newMetrics(b), spans: newExporter(),
		log:       slog.New(b.lines(out)).With("service", "shelf"),
		inventory: b.upstream("inventory", c.inventory), prices: b.upstream("prices", c.prices),
	}
}

// answer is what a client gets. It is sent after the line and the sample of
// its request were written, so that whoever holds it finds them.
type answer struct {
	status int
	body   map[string]any // as JSON
}

func (a answer) send(w http.ResponseWriter) {
	text, _ := json.Marshal(a.body) // maps of plain values always marshal
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(a.status)
	_, _ = w.Write(text) // a client that left cannot be told
}

// exchange is a request and what became of it.
type exchange struct {
	request *http.Request
	pattern string // of the route
	body    []byte
	parent  span // the caller's; of the same trace as own
	own     span
	log     *slog.Logger
	status  int
	took    time.Duration
}

func (i *instance) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", i.probed(i.live))
	mux.HandleFunc("GET /readyz", i.probed(i.ready))
	mux.Handle("GET /metrics", promhttp.HandlerFor(i.metrics.registry, promhttp.HandlerOpts{}))
	for pattern, handle := range map[string]func(*exchange) answer{
		"POST /reservations": i.reserve,
		"GET /items/{id}":    i.item,
		"/":                  func(*exchange) answer { return answer{404, map[string]any{"error": "there is nothing here"}} },
	} {
		mux.HandleFunc(pattern, i.observed(pattern, handle))
	}
	return mux
}

func (i *instance) probed(holds func(state) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if holds(i.state.get()) {
			answer{200, map[string]any{"ok": true}}.send(w)
			return
		}
		answer{503, map[string]any{"ok": false}}.send(w)
	}
}

// observed writes the line and the sample of each request.
func (i *instance) observed(pattern string, handle func(*exchange) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		i.metrics.inFlight.Inc()
		defer i.metrics.inFlight.Dec()
		p := i.exchange(pattern, r)
		a := answer{503, map[string]any{"error": "still starting"}}
		if time.Since(i.began) >= i.warmUp {
			a = handle(p)
		}
		p.status, p.took = a.status, time.Since(began)
		i.measured(p)
		i.wrote(p, p.took)
		i.export(ended{span: p.own, parent: p.parent.id, name: pattern, kind: serverSpan, began: began})
		if i.state.get().draining {
			w.Header().Set("Connection", "close")
		}
		a.send(w)
	}
}

func (i *instance) exchange(pattern string, r *http.Request) *exchange {
	parent, ok := incoming(r.Header.Get("Traceparent"))
	if !ok {
		parent = newSpan()
	}
	own := parent.child()
	body, _ := io.ReadAll(http.MaxBytesReader(nil, r.Body, 64<<10)) // a body that is cut is no JSON, which is answered
	return &exchange{request: r, pattern: pattern, body: body, parent: parent, own: own, log: i.logger(i.traced(own))}
}
