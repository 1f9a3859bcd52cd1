package rig

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/golive-dev/golive/service"
)

// postgresRole is the owner of the throw-away instance and its databases.
const postgresRole = "golive"

// postgresLimit bounds the instance's making and its start.
const postgresLimit = time.Minute

// postgres is a throw-away instance, made from the binaries on the machine.
// Each trial has a database of its own.
type postgres struct {
	rig      *Rig
	key      string
	bin      string // the directory of initdb, postgres and psql
	home     string
	password string
	account  *syscall.Credential // nil: ours
	proc     *process
	addr     string
}

func (r *Rig) startPostgres(ctx context.Context, d service.Dependency) (backend, error) {
	b := &postgres{rig: r, key: "dependencies." + d.Name, password: rand.Text()}
	var err error
	if b.bin, err = postgresDir(); err != nil {
		return nil, &StartError{Reason: fmt.Sprintf("%s: %v", b.key, err)}
	}
	if b.account, err = postgresAccount(); err != nil {
		return nil, &StartError{Reason: fmt.Sprintf("%s: %v", b.key, err)}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, postgresLimit, fmt.Errorf("PostgreSQL did not start within %v", postgresLimit))
	defer cancel()
	if err := b.initialise(ctx, d.Name); err != nil {
		return nil, err
	}
	b.proc, b.addr, err = r.listen(ctx, starting{what: b.key, command: b.server, limit: postgresLimit})
	if err != nil {
		return nil, err
	}
	if err := b.awaitQueries(ctx); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// initialise makes the data directory. PostgreSQL refuses to run as root, so
// it belongs to another account there.
func (b *postgres) initialise(ctx context.Context, name string) error {
	b.home = filepath.Join(b.rig.scratch, name)
	password := filepath.Join(b.home, "password")
	err := errors.Join(os.Mkdir(b.home, 0o700), os.WriteFile(password, []byte(b.password), 0o600))
	if b.account != nil {
		uid, gid := int(b.account.Uid), int(b.account.Gid)
		err = errors.Join(err, os.Chmod(b.rig.scratch, 0o711), os.Chown(password, uid, gid), os.Chown(b.home, uid, gid))
	}
	if err != nil {
		return fmt.Errorf("preparing %s: %w", b.key, err)
	}
	c := b.command("initdb",
		"--pgdata="+b.data(), "--username="+postgresRole, "--pwfile="+password, "--auth=scram-sha-256",
		"--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions")
	c.death = syscall.SIGTERM // its server has shared memory, which a kill would leave
	return b.rig.runToEnd(ctx, b.key+": initdb", c)
}

func (b *postgres) data() string { return filepath.Join(b.home, "data") }

// server is durable in nothing: it lives as long as the rig.
func (b *postgres) server(port int) (command, error) {
	c := b.command("postgres", "-D", b.data(), "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "max_connections=400", "-c", "shared_buffers=32MB", "-c", "dynamic_shared_memory_type=mmap")
	c.death = syscall.SIGQUIT // it then ends its children, which leave its process group
	return c, nil
}

func (b *postgres) command(program string, args ...string) command {
	env := baseEnvironment(b.home)
	env.set("PGPASSWORD", b.password)
	return command{
		path: filepath.Join(b.bin, program), args: append([]string{program}, args...),
		env: env.strings(), dir: b.home, user: b.account,
	}
}

// query runs one statement.
func (b *postgres) query(ctx context.Context, sql string) error {
	host, port, _ := net.SplitHostPort(b.addr)
	return b.rig.runToEnd(ctx, b.key+": "+sql, b.command("psql",
		"--no-psqlrc", "--quiet", "--host="+host, "--port="+port, "--username="+postgresRole, "--dbname=postgres", "--command="+sql))
}

// awaitQueries waits until the server, which accepts connections early,
// answers queries.
func (b *postgres) awaitQueries(ctx context.Context) error {
	for {
		err := b.query(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-b.proc.reaped:
			return &StartError{Reason: b.key + ": PostgreSQL ended while it started", Lines: b.proc.out.last(lastLines)}
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (b *postgres) share(ctx context.Context, trial string) (*share, error) {
	if err := b.query(ctx, `CREATE DATABASE "`+trial+`"`); err != nil {
		return nil, err
	}
	return &share{
		addr: b.addr,
		link: url.URL{
			Scheme: "postgres", User: url.UserPassword(postgresRole, b.password),
			Path: "/" + trial, RawQuery: "sslmode=disable",
		},
		release: func() { b.drop(trial) },
	}, nil
}

// drop frees the disk; what it cannot drop goes with the instance.
func (b *postgres) drop(trial string) {
	if b.rig.ctx.Err() == nil {
		b.query(b.rig.ctx, `DROP DATABASE "`+trial+`" WITH (FORCE)`)
	}
}

// close ends the server by its immediate shutdown, after which no shared
// memory is left.
func (b *postgres) close() { b.proc.stop() }

// postgresDir finds where the binaries lie together: on PATH, behind the
// links there, or where Debian keeps one directory per version.
func postgresDir() (string, error) {
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(debian, func(a, b string) int { return version(b) - version(a) })
	for _, dir := range append(dirs, debian...) {
		if hasAll(dir, "initdb", "postgres", "psql") {
			return filepath.Abs(dir)
		}
	}
	return "", errors.New("kind postgres needs initdb, postgres and psql; install PostgreSQL (apt-get install postgresql, brew install postgresql), or add run: or url:")
}

func version(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

func hasAll(dir string, names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		_, err := exec.LookPath(filepath.Join(dir, name))
		return err != nil
	})
}

// postgresAccount returns the account to run as: nil for ours, unless we are root.
func postgresAccount() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is no account postgres or nobody; run golive as a plain user")
}
