package pg

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/golive-dev/golive/kit/secret"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
)

// The defaults of [Config]; the package comment gives their reasons.
const (
	defaultMaxConns  = 10
	defaultTimeout   = 5 * time.Second
	defaultSlowQuery = 200 * time.Millisecond
)

// Config says which database and how to treat it. Only URL is required.
type Config struct {
	// URL is postgres://USER@HOST:PORT/DATABASE, without a password. Parameters
	// of libpq and of pgxpool may follow.
	URL string
	// Name is the dependency's name in logs, metrics and errors, "postgres" if
	// empty. Two pools of one Registerer need different ones.
	Name string
	// User is the role to log in as, where it changes. If nil, URL names it.
	User *secret.Value
	// Password is the role's. If nil, the server must not ask for one.
	Password *secret.Value
	// MaxConns is how many connections there may be; 10 if zero.
	MaxConns int
	// Timeout bounds a statement, a wait for a connection and a new connection,
	// each; 5 s if zero.
	Timeout time.Duration
	// SlowQuery is how long a statement takes, until its last row was read, to
	// be logged and counted as slow; 200 ms if zero, never if negative.
	SlowQuery time.Duration
	// Adjust, if set, changes what has no field here, such as AfterConnect to
	// register types. What this package sets, it sets afterwards.
	Adjust func(*pgxpool.Config)
	// Log is slog.Default() if nil.
	Log *slog.Logger
	// Registerer takes the metrics; if nil they are kept but not registered.
	Registerer prometheus.Registerer
	// Tracer is otel.GetTracerProvider() if nil.
	Tracer trace.TracerProvider
}

// withDefaults checks the fields and fills the empty ones.
func (c Config) withDefaults() (Config, error) {
	switch {
	case c.URL == "":
		return c, errors.New("pg: Config.URL is empty; give one such as postgres://orders@db:5432/orders")
	case !strings.HasPrefix(c.URL, "postgres://") && !strings.HasPrefix(c.URL, "postgresql://"):
		return c, errors.New("pg: Config.URL must begin with postgres://")
	case hasPassword(c.URL):
		return c, errors.New("pg: Config.URL holds a password; keep it in a file and give Config.Password: secret.Watch(ctx, secret.File(path), …)")
	case c.Password == nil && os.Getenv("PGPASSWORD") != "":
		return c, errors.New("pg: PGPASSWORD is set; keep the password in a file and give Config.Password")
	case c.MaxConns < 0:
		return c, fmt.Errorf("pg: Config.MaxConns is %d; give a positive number, or none for 10", c.MaxConns)
	case c.Timeout < 0:
		return c, fmt.Errorf("pg: Config.Timeout is %v; give a positive time, or none for 5s", c.Timeout)
	}
	c.Name = cmp.Or(c.Name, "postgres")
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.SlowQuery = cmp.Or(c.SlowQuery, defaultSlowQuery)
	c.Log = cmp.Or(c.Log, slog.Default())
	if c.Tracer == nil {
		c.Tracer = otel.GetTracerProvider()
	}
	return c, nil
}

// hasPassword looks without parsing: a URL of several hosts is none to net/url.
func hasPassword(url string) bool {
	_, rest, _ := strings.Cut(url, "://")
	authority, query, _ := strings.Cut(rest, "?")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 && strings.Contains(authority[:at], ":") {
		return true
	}
	for pair := range strings.SplitSeq(query, "&") {
		if strings.HasPrefix(pair, "password=") {
			return true
		}
	}
	return false
}

// parse reads URL as pgx does and closes what it leaves open.
func (c Config) parse() (*pgxpool.Config, error) {
	parsed, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, fmt.Errorf("pg: Config.URL: %w", err)
	}
	if !strings.Contains(c.URL, "sslmode=") && os.Getenv("PGSSLMODE") == "" && !local(parsed) {
		separator := "?"
		if strings.Contains(c.URL, "?") {
			separator = "&"
		}
		if parsed, err = pgxpool.ParseConfig(c.URL + separator + "sslmode=verify-full"); err != nil {
			return nil, fmt.Errorf("pg: Config.URL: %w", err)
		}
	}
	if c.Adjust != nil {
		c.Adjust(parsed)
	}
	switch {
	case c.MaxConns > 0:
		parsed.MaxConns = int32(c.MaxConns)
	case !strings.Contains(c.URL, "pool_max_conns="):
		parsed.MaxConns = defaultMaxConns
	}
	if parsed.MaxConnLifetimeJitter == 0 {
		parsed.MaxConnLifetimeJitter = parsed.MaxConnLifetime / 10
	}
	parsed.ConnConfig.ConnectTimeout = c.Timeout
	parsed.ConnConfig.RuntimeParams["statement_timeout"] = strconv.FormatInt(max(c.Timeout.Milliseconds(), 1), 10)
	parsed.PingTimeout = c.Timeout / 4
	return parsed, nil
}

// local reports whether no host of the configuration is another machine.
func local(c *pgxpool.Config) bool {
	if !localHost(c.ConnConfig.Host) {
		return false
	}
	for _, other := range c.ConnConfig.Fallbacks {
		if !localHost(other.Host) {
			return false
		}
	}
	return true
}

func localHost(host string) bool {
	return host == "localhost" || filepath.IsAbs(host) || net.ParseIP(host).IsLoopback()
}
