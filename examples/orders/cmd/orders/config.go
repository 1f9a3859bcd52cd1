package main

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/golive-dev/golive/examples/orders/internal/store"
	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/pg"
)

// config is what the environment says, beside what kit reads itself.
type config struct {
	Fraud         *url.URL      `env:"FRAUD_URL" scheme:"http,https" usage:"the fraud check"`
	Payments      *url.URL      `env:"PAYMENTS_URL" scheme:"http,https" usage:"payments"`
	PaymentsToken string        `env:"PAYMENTS_TOKEN_FILE" optional:"true" usage:"file with the bearer token for payments; none is sent without"`
	Database      *url.URL      `env:"DATABASE_URL" scheme:"postgres,postgresql" optional:"true" usage:"PostgreSQL, without a password; SQLite without"`
	UserFile      string        `env:"DB_USER_FILE" optional:"true" usage:"file with the database's user, where it is rotated"`
	PasswordFile  string        `env:"DB_PASSWORD_FILE" optional:"true" usage:"file with the password of the database's user"`
	SQLiteFile    string        `env:"SQLITE_FILE" optional:"true" usage:"the database where DATABASE_URL is missing; for one replica"`
	AuditFile     string        `env:"AUDIT_FILE" usage:"the audit log, which is only ever appended to"`
	Keep          time.Duration `env:"ORDERS_KEEP" default:"87600h" min:"24h" usage:"how long orders are kept: ten years"`
}

// Validate finds what no variable by itself can be wrong about.
func (c *config) Validate() error {
	if c.Database == nil && c.SQLiteFile == "" {
		return errors.New("DATABASE_URL is missing, and SQLITE_FILE too: one of them says where orders are kept")
	}
	return nil
}

// openPostgres opens a pool that follows the files of its credentials.
func openPostgres(s *kit.Service, c config) (*store.Store, error) {
	user, err := mounted(s, c.UserFile)
	if err != nil {
		return nil, err
	}
	password, err := mounted(s, c.PasswordFile)
	if err != nil {
		return nil, err
	}
	return store.OpenPostgres(context.Background(), pg.Config{
		URL: c.Database.String(), User: user, Password: password,
		Log: s.Log, Registerer: s.Metrics, Tracer: s.Traces,
	})
}
