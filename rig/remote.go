package rig

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/golive-dev/golive/service"
)

// remote is a backend that somebody else runs.
type remote struct{ part share }

// newRemote reads http://host:port, a URL of another protocol, or host:port.
func newRemote(d service.Dependency) (backend, error) {
	key := "dependencies." + d.Name + ".url"
	if !strings.Contains(d.URL, "://") {
		if _, _, err := net.SplitHostPort(d.URL); err != nil {
			return nil, &StartError{Reason: fmt.Sprintf("%s: %q is neither a URL nor host:port", key, d.URL)}
		}
		return &remote{share{addr: d.URL, link: linkFor(d)}}, nil
	}
	u, err := url.Parse(d.URL)
	if err != nil || u.Hostname() == "" {
		return nil, &StartError{Reason: fmt.Sprintf("%s: %q is neither a URL nor host:port", key, d.URL)}
	}
	if u.Scheme == "https" {
		return nil, &StartError{Reason: key + ": golive cannot look into https; give the address without TLS, or a stub:"}
	}
	port := u.Port()
	if port == "" {
		port = defaultPorts[u.Scheme]
	}
	if port == "" {
		return nil, &StartError{Reason: fmt.Sprintf("%s: %q has no port; add it", key, d.URL)}
	}
	return &remote{share{addr: net.JoinHostPort(u.Hostname(), port), link: *u}}, nil
}

// defaultPorts are those that a URL need not name.
var defaultPorts = map[string]string{
	"http": "80", "https": "443", "postgres": "5432", "postgresql": "5432", "redis": "6379", "mysql": "3306", "amqp": "5672",
}

func (b *remote) share(context.Context, string) (*share, error) { return &b.part, nil }

func (b *remote) close() {}
