package vault

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/openbao/openbao/api/v2"

	"github.com/golive-dev/golive/kit/redact"
	"github.com/golive-dev/golive/kit/secret"
)

// Database is a login that the server makes for us and withdraws at the end of
// its lease.
type Database struct {
	client *Client
	role   string
	mount  string

	turn  turn // held while reading; what follows belongs to it
	lease lease
	id    string // of the lease
	login login

	mutex sync.Mutex
	news  chan struct{}
}

// login is a user with the password that belongs to it.
type login struct {
	user, password redact.Secret[string]
	session        int // under which it was made; 0: none was yet
}

// Database returns a login to a database by a role of the engine at database.
// Nothing is requested until the first read. Each Database is a login of its
// own: make one and take both sources from it.
func (c *Client) Database(role string) *Database {
	return &Database{client: c, role: role, mount: "database", turn: newTurn(), news: make(chan struct{})}
}

// At says that the engine has another mount than database. Call it before the
// first read.
func (d *Database) At(mount string) *Database {
	d.mount = strings.Trim(mount, "/")
	return d
}

// User returns the source of the user's name. It changes together with the
// password, and both are read at once when they do.
func (d *Database) User() secret.Source {
	return half{d, "username", func(l login) redact.Secret[string] { return l.user }}
}

// Password returns the source of the password. See [Database.User].
func (d *Database) Password() secret.Source {
	return half{d, "password", func(l login) redact.Secret[string] { return l.password }}
}

// Login returns user and password as one, so that they belong together even at
// the moment of a change. It asks the server only when the lease is to be
// renewed. Where that fails it returns the old login as long as that is valid.
func (d *Database) Login(ctx context.Context) (user string, password redact.Secret[string], err error) {
	l, err := d.read(ctx)
	if err != nil && l.session == 0 {
		return "", password, err
	}
	return l.user.Reveal(), l.password, nil
}

func (d *Database) path() string { return d.mount + "/creds/" + d.role }

// read returns the login, and an error if it could not be kept fresh. With an
// error the login may still be there, while it is valid.
func (d *Database) read(ctx context.Context) (login, error) {
	if err := d.turn.take(ctx); err != nil {
		return login{}, err
	}
	defer d.turn.leave()
	s, err := d.client.session(ctx)
	if err != nil {
		return login{}, err // without a session there is no lease either
	}
	now := d.client.config.Now()
	if !d.lease.valid(now) {
		d.login = login{}
	}
	if d.login.session == s.number && (!d.lease.due(now) || d.renew(ctx)) {
		return d.login, nil
	}
	return d.login, d.fetch(ctx)
}

// renew reports whether the lease got enough time.
func (d *Database) renew(ctx context.Context) bool {
	if !d.lease.renewable {
		return false
	}
	const path = "sys/leases/renew"
	body := map[string]any{"lease_id": d.id, "increment": int(d.lease.first.Seconds())}
	answer, _, err := d.client.send(ctx, "renew", path, func(l *api.Logical) (*api.Secret, error) { return l.WriteWithContext(ctx, path, body) })
	if err != nil || answer == nil {
		return false
	}
	next, worth := d.lease.renewed(d.client, answer.LeaseDuration, answer.Renewable)
	if worth {
		d.lease = next
	}
	return worth
}

// fetch has a new login made. The old one is left to its lease, since
// connections are still open with it.
func (d *Database) fetch(ctx context.Context) error {
	answer, s, err := d.client.read(ctx, d.path())
	if err != nil {
		return err
	}
	user, err1 := fieldOf(answer.Data, "username")
	password, err2 := fieldOf(answer.Data, "password")
	if err1 != nil || err2 != nil {
		return fmt.Errorf("vault at %s: read %s: the answer holds no user and password", d.client.host, d.path())
	}
	d.login = login{redact.NewSecret(string(user)), redact.NewSecret(string(password)), s.number}
	d.lease, d.id = d.client.leaseOf(answer.LeaseDuration, answer.Renewable), answer.LeaseID
	d.mutex.Lock()
	defer d.mutex.Unlock()
	close(d.news)
	d.news = make(chan struct{})
	return nil
}

// half is the user or the password of a login.
type half struct {
	*Database
	field string
	of    func(login) redact.Secret[string]
}

func (h half) Name() string { return "vault " + h.path() + "#" + h.field }

func (h half) Read(ctx context.Context) ([]byte, error) {
	l, err := h.read(ctx)
	return []byte(h.of(l).Reveal()), err
}

// Changed tells the other half's watch that it is to read again.
func (h half) Changed() <-chan struct{} {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.news
}
