package vault

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/openbao/openbao/api/v2"
)

// Config is how a [Client] reaches its server and logs in there.
type Config struct {
	// Address is the server's URL, as in https://vault.example.org:8200. It is
	// required.
	Address string
	// Namespace is the one in which all paths lie; none if empty.
	Namespace string
	// Auth is how to log in. It is required.
	Auth Auth
	// Timeout bounds one request; 5 s if zero.
	Timeout time.Duration
	// Plain allows http to another machine. The network must then encrypt.
	Plain bool
	// TLS is how to verify the server, and who we are to it. If nil, the system's
	// roots and no certificate.
	TLS *tls.Config
	// Transport sends the requests, instead of one made with TLS.
	Transport http.RoundTripper
	// Log is slog.Default() if nil.
	Log *slog.Logger
	// Now is the clock of leases; time.Now if nil.
	Now func() time.Time
}

// New returns a client. It sends nothing yet: the server need not be up. The
// error names the field that is wrong.
func New(c Config) (*Client, error) {
	address, err := c.check()
	if err != nil {
		return nil, err
	}
	c.Timeout = cmp.Or(c.Timeout, 5*time.Second)
	c.Log = cmp.Or(c.Log, slog.Default())
	if c.Now == nil {
		c.Now = time.Now
	}
	settings := api.NewConfig() // which, unlike others, reads no environment
	if settings.Error != nil {
		return nil, fmt.Errorf("prepare the client of Vault: %w", settings.Error)
	}
	settings.Address = c.Address
	settings.Timeout = c.Timeout
	settings.MaxRetries = 0
	settings.HttpClient.Transport = bounded{c.transport(settings.HttpClient.Transport)}
	client, err := api.NewClient(settings)
	if err != nil {
		return nil, fmt.Errorf("vault: Config.Address: %w", err)
	}
	made := &Client{http: settings.HttpClient, config: c, host: address.Host, turn: newTurn()}
	made.api, made.health = client.WithNamespace(c.Namespace), client.WithNamespace("")
	return made, nil
}

func (c Config) check() (*url.URL, error) {
	if c.Address == "" {
		return nil, errors.New("vault: Config.Address is missing; give the server's URL, as in https://vault:8200")
	}
	address, err := url.Parse(c.Address)
	switch {
	case err != nil || address.Host == "" || address.Scheme != "https" && address.Scheme != "http":
		return nil, errors.New("vault: Config.Address is no URL with scheme and host, as in https://vault:8200")
	case address.User != nil:
		return nil, errors.New("vault: Config.Address holds a user; log in by Config.Auth")
	case address.Scheme == "http" && !c.Plain && !isLocal(address.Hostname()):
		return nil, errors.New("vault: Config.Address is http, which shows the token to the network; use https, or set Config.Plain where the network encrypts")
	case c.Auth.login == nil:
		return nil, errors.New("vault: Config.Auth is missing; give one such as vault.Kubernetes(role, path)")
	case c.Timeout < 0:
		return nil, fmt.Errorf("vault: Config.Timeout is %v; give a positive time, or none for 5s", c.Timeout)
	case c.TLS != nil && c.Transport != nil:
		return nil, errors.New("vault: Config.TLS and Config.Transport are both set; set the first in the second")
	}
	return address, nil
}

func isLocal(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// transport is the given one, or the library's with our TLS.
func (c Config) transport(standard http.RoundTripper) http.RoundTripper {
	if c.Transport != nil {
		return c.Transport
	}
	if t, ok := standard.(*http.Transport); ok && c.TLS != nil {
		t.TLSClientConfig = c.TLS.Clone()
		t.ForceAttemptHTTP2 = true
	}
	return standard
}
