package kit

import (
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"strings"

	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/metrics"
)

// newOps returns what the ops port answers.
func (p *process) newOps(s *Service) *http.ServeMux {
	m := http.NewServeMux()
	m.Handle("GET /livez", s.Health.LiveHandler())
	m.Handle("GET /readyz", s.Health.ReadyHandler())
	m.Handle("GET /metrics", metrics.Handler(s.Metrics))
	m.Handle("/switches/", nearby(http.StripPrefix("/switches", s.Switches.Handler())))
	m.Handle("/log/level", nearby(levelHandler(p.level, p.log)))
	m.Handle("/debug/pprof/", nearby(http.HandlerFunc(pprof.Index)))
	m.Handle("/debug/pprof/cmdline", nearby(http.HandlerFunc(pprof.Cmdline)))
	m.Handle("/debug/pprof/profile", nearby(http.HandlerFunc(pprof.Profile)))
	m.Handle("/debug/pprof/symbol", nearby(http.HandlerFunc(pprof.Symbol)))
	m.Handle("/debug/pprof/trace", nearby(http.HandlerFunc(pprof.Trace)))
	return m
}

// nearby lets callers on this host through, and nobody else: these change the
// service, or show its memory. A page in a browser on this host is somebody
// else, which the name that it asked for, or where it comes from, tells.
func nearby(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if u, err := url.Parse(origin); !loopback(r.RemoteAddr) || !here(r.Host) || origin != "" && (err != nil || !here(u.Host)) {
			http.Error(w, "only from this host, as through kubectl port-forward", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loopback reports whether an address is one of this host's own.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// here reports whether a Host header, with or without a port, names this host.
func here(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return name == "localhost" || loopback(net.JoinHostPort(strings.Trim(name, "[]"), "0"))
}

// levelHandler shows the least level that is logged, and sets it with PUT
// and the level's name as body.
func levelHandler(level *slog.LevelVar, l *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet:
		case http.MethodPut:
			body, _ := io.ReadAll(io.LimitReader(r.Body, 64))
			var to slog.Level
			if err := to.UnmarshalText([]byte(strings.TrimSpace(string(body)))); err != nil {
				http.Error(w, "want debug, info, warn or error as body", http.StatusBadRequest)
				return
			}
			l.Warn("log.level_changed", "from", level.Level().String(), "to", to.String())
			level.Set(to)
		default:
			w.Header().Set("Allow", "GET, PUT")
			http.Error(w, "GET shows the level, PUT sets it", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"level": strings.ToLower(level.Level().String())})
	})
}

// openService opens the service's port.
func (p *process) openService(s *Service) (*port, error) {
	server := inbound.Server("", s.Mux, inbound.ServerOptions{Log: p.log})
	server.Handler = p.gate(s.Mux)
	if s.Identity != nil {
		server.TLSConfig = s.Identity.Server()
	}
	return open("PORT", p.settings.Port, server)
}
