// Package config reads what the service needs to know from its environment.
package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config is the service's configuration.
type Config struct {
	Port        string        // PORT
	Store       *url.URL      // STORE_URL: redis://host:port
	Fraud       *url.URL      // FRAUD_URL
	Payments    *url.URL      // PAYMENTS_URL
	TokenFile   string        // PAYMENTS_TOKEN_FILE: holds the bearer token for payments; "" sends none
	DrainDelay  time.Duration // DRAIN_DELAY: from SIGTERM to the end of accepting; longer than the balancer needs to notice
	GracePeriod time.Duration // GRACE_PERIOD: from SIGTERM to the platform's SIGKILL
}

// Load reads the configuration through lookup, which is [os.LookupEnv] or
// like it. The error names every variable that is missing or malformed, and
// never repeats a value: it could be a secret in the wrong place.
func Load(lookup func(string) (string, bool)) (Config, error) {
	env := environment{lookup: lookup}
	c := Config{
		Port:        env.port("PORT"),
		Store:       env.url("STORE_URL", "redis"),
		Fraud:       env.url("FRAUD_URL", "http", "https"),
		Payments:    env.url("PAYMENTS_URL", "http", "https"),
		DrainDelay:  env.duration("DRAIN_DELAY", 1500*time.Millisecond),
		GracePeriod: env.duration("GRACE_PERIOD", 10*time.Second),
	}
	c.TokenFile, _ = lookup("PAYMENTS_TOKEN_FILE")
	if len(env.wrong) == 0 && c.DrainDelay >= c.GracePeriod {
		env.reject("DRAIN_DELAY", "must be shorter than GRACE_PERIOD, or nothing in flight can end in time")
	}
	return c, errors.Join(env.wrong...)
}

// environment collects what is wrong while variables are read.
type environment struct {
	lookup func(string) (string, bool)
	wrong  []error
}

func (e *environment) reject(name, why string) {
	e.wrong = append(e.wrong, fmt.Errorf("%s %s", name, why))
}

func (e *environment) required(name, want string) (string, bool) {
	value, _ := e.lookup(name)
	if value == "" {
		e.reject(name, "is missing; it must be "+want)
	}
	return value, value != ""
}

func (e *environment) port(name string) string {
	const want = "a port between 1 and 65535"
	value, ok := e.required(name, want)
	if n, err := strconv.ParseUint(value, 10, 16); ok && (err != nil || n == 0) {
		e.reject(name, "is malformed; it must be "+want)
	}
	return value
}

func (e *environment) url(name string, schemes ...string) *url.URL {
	want := "a URL such as " + schemes[0] + "://host:port"
	value, ok := e.required(name, want)
	if !ok {
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.Hostname() == "" {
		e.reject(name, "is malformed; it must be "+want)
		return nil
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u
}

func (e *environment) duration(name string, otherwise time.Duration) time.Duration {
	value, _ := e.lookup(name)
	if value == "" {
		return otherwise
	}
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		e.reject(name, "is malformed; it must be a duration such as "+otherwise.String())
	}
	return d
}
