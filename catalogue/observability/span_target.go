package observability

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// bearing is whether a span leads to a dependency.
type bearing int

const (
	unsaid    bearing = iota // its attributes do not tell where it leads
	there                    // to the dependency
	elsewhere                // to another one
)

// The attributes, old and new, of OpenTelemetry's conventions that tell where
// a span leads.
var (
	portAttributes = []string{"server.port", "network.peer.port", "net.peer.port", "net.sock.peer.port", "peer.port"}
	urlAttributes  = []string{"url.full", "http.url", "db.connection_string"}
	nameAttributes = []string{"peer.service", "service.peer.name"}
)

// systems are the values of the attributes that name a dependency's system.
var systems = map[service.DependencyKind][]string{
	service.Postgres: {"postgresql", "postgres", "cockroachdb"},
	service.MySQL:    {"mysql", "mariadb"},
	service.Redis:    {"redis", "valkey", "keydb"},
	service.Kafka:    {"kafka"},
	service.AMQP:     {"rabbitmq", "amqp", "activemq", "artemis"},
	service.GRPC:     {"grpc"},
	service.HTTP:     {"http"},
}

// target tells whether a span leads to dep, by the port at which that was
// called, its name, or the system that the span names.
func (t tree) target(s *evidence.Span, dep service.Dependency) bearing {
	if ports := portsOf(s); len(ports) > 0 && t.peers[dep.Name] != "" {
		_, port, _ := net.SplitHostPort(t.peers[dep.Name])
		return isThere(slices.Contains(ports, port))
	}
	for _, name := range nameAttributes {
		if s.Attrs[name] == dep.Name {
			return there
		}
	}
	if system := systemOf(s); system != "" && systems[dep.Kind] != nil {
		return isThere(slices.ContainsFunc(systems[dep.Kind], func(known string) bool { return strings.Contains(system, known) }))
	}
	return unsaid
}

func isThere(ok bool) bearing {
	if ok {
		return there
	}
	return elsewhere
}

// portsOf returns the ports to which a span says that it leads.
func portsOf(s *evidence.Span) (ports []string) {
	for _, name := range portAttributes {
		if s.Attrs[name] != "" {
			ports = append(ports, s.Attrs[name])
		}
	}
	for _, name := range urlAttributes {
		if u, err := url.Parse(s.Attrs[name]); err == nil && u.Port() != "" {
			ports = append(ports, u.Port())
		}
	}
	if _, port, err := net.SplitHostPort(s.Attrs["server.address"]); err == nil {
		ports = append(ports, port)
	}
	return ports
}

// systemOf returns the system of which a span is a call, in lower case: a
// database, a queue, or the kind of remote calls; http for those over HTTP.
func systemOf(s *evidence.Span) string {
	for _, name := range []string{"db.system.name", "db.system", "messaging.system", "rpc.system.name", "rpc.system"} {
		if s.Attrs[name] != "" {
			return strings.ToLower(s.Attrs[name])
		}
	}
	if s.Attrs["http.request.method"] != "" || s.Attrs["http.method"] != "" {
		return "http"
	}
	return ""
}
