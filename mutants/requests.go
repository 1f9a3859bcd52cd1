package main

import (
	"encoding/json"
	"log/slog"
	"time"
)

// reserve answers POST /reservations: it needs inventory and can do without
// prices.
func (i *instance) reserve(p *exchange) answer {
	var wish struct{ Customer, Item string }
	if json.Unmarshal(p.body, &wish) != nil || wish.Customer == "" || wish.Item == "" {
		return answer{400, map[string]any{"error": "the body is not the JSON object of a reservation"}}
	}
	if !i.uses(p, i.inventory, "POST", "/holds") {
		return i.without(i.failures.Add(1))
	}
	if !i.uses(p, i.prices, "GET", "/prices") {
		return i.unpriced()
	}
	return answer{201, map[string]any{"reserved": true, "price": 250}}
}

// item answers GET /items/{id}.
func (i *instance) item(p *exchange) answer {
	if !i.uses(p, i.inventory, "GET", "/stock") {
		return i.without(i.failures.Add(1))
	}
	return answer{200, map[string]any{"stock": 7}}
}

// uses calls the upstream on behalf of a request and reports whether that
// succeeded.
func (i *instance) uses(p *exchange, u *upstream, method, path string) bool {
	call := ended{span: p.own.child(), parent: p.own.id, name: method + " " + u.name, kind: clientSpan, began: time.Now()}
	err := u.call(p.request.Context(), method, path, i.outgoing(p.parent, call.span), []byte("{}"))
	host, port := u.address()
	call.attrs = map[string]string{"http.request.method": method, "server.address": host, "server.port": port}
	i.export(call)
	if err == nil {
		return true
	}
	if attrs := i.failed(u, err); attrs != nil {
		p.log.LogAttrs(p.request.Context(), slog.LevelWarn, "dependency.failed", attrs...)
	}
	return false
}

// export hands a span that ends now to the collector.
func (i *instance) export(s ended) {
	s.took = time.Since(s.began)
	if i.exported(s.kind) {
		i.spans.add(s)
	}
}
