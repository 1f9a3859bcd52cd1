//go:build unix

package kittest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const postgresSuperuser = "kittest"

// postgresServer is a server that lives as long as this process.
type postgresServer struct {
	bin      string // the directory of initdb, postgres and psql
	home     string // holds its data, and goes with it
	account  *syscall.Credential
	port     int
	password string
	life     *os.File // closed by the kernel when this process ends
}

// sharedPostgres starts the server at its first call. An error stays: what is
// not installed will not be at the next test.
var sharedPostgres = sync.OnceValues(startPostgres)

func startPostgres() (*postgresServer, error) {
	s := &postgresServer{password: rand.Text()}
	var err error
	if s.bin, err = postgresDir(); err != nil {
		return nil, err
	}
	if s.account, err = postgresAccount(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), postgresLimit)
	defer cancel()
	if err := s.initialise(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.home))
	}
	if err := s.listen(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// initialise makes the data directory, owned by the account that the server
// will run as.
func (s *postgresServer) initialise(ctx context.Context) (err error) {
	if s.home, err = os.MkdirTemp("", "kittest-postgres-"); err != nil {
		return fmt.Errorf("making a directory for PostgreSQL: %w", err)
	}
	secret := filepath.Join(s.home, "password")
	if err := os.WriteFile(secret, []byte(s.password), 0o600); err != nil {
		return fmt.Errorf("preparing PostgreSQL: %w", err)
	}
	if s.account != nil {
		uid, gid := int(s.account.Uid), int(s.account.Gid)
		if err := errors.Join(os.Chown(secret, uid, gid), os.Chown(s.home, uid, gid)); err != nil {
			return fmt.Errorf("preparing PostgreSQL: %w", err)
		}
	}
	c := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"),
		"--pgdata="+s.data(), "--username="+postgresSuperuser, "--pwfile="+secret, "--auth=scram-sha-256",
		"--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions")
	c.Dir, c.Env = s.home, s.environment()
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.account}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *postgresServer) data() string { return filepath.Join(s.home, "data") }

// environment keeps PG* variables of the user's away from the server.
func (s *postgresServer) environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.home, "TMPDIR=" + s.home, "LC_ALL=C", "PGPASSWORD=" + s.password}
}

// guardian starts the server, says in a file that it ended, ends it when the
// pipe at descriptor 3 closes, and tidies up. A test binary may end by a
// panic, a time limit or a kill, none of which runs a cleanup. SIGQUIT is the
// shutdown without checkpoint, which still frees shared memory.
const guardian = `home=$1; shift
"$@" 3<&- >"$home/log" 2>&1 & server=$!
(read -r _ <&3; kill -QUIT $server) 2>/dev/null &
wait $server; : >"$home/ended"
wait
cd /; rm -rf "$home"`

// ports is how many ports are tried: another process may take one between its
// choice and the server's start.
const ports = 5

// listen starts the server on a free port and waits until it answers.
func (s *postgresServer) listen(ctx context.Context) error {
	for try := 1; ; try++ {
		if err := s.launch(); err != nil {
			return err
		}
		err := s.await(ctx)
		if err == nil {
			return nil
		}
		s.life.Close()
		if try == ports || !strings.Contains(err.Error(), "Address already in use") {
			return err
		}
		if err := s.initialise(ctx); err != nil { // the guardian removes the first
			return err
		}
	}
}

func (s *postgresServer) launch() error {
	port, err := freePort()
	if err != nil {
		return err
	}
	s.port = port
	end, life, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	defer end.Close()
	c := exec.Command("/bin/sh", "-c", guardian, "sh", s.home,
		filepath.Join(s.bin, "postgres"), "-D", s.data(), "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=400",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off",
		"-c", "shared_buffers=32MB", "-c", "dynamic_shared_memory_type=mmap")
	c.Dir, c.Env, c.ExtraFiles = s.home, s.environment(), []*os.File{end}
	// Its own process group: Ctrl-C at the terminal reaches the tests only.
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.account, Setpgid: true}
	if err := c.Start(); err != nil {
		life.Close()
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	s.life = life
	return nil
}

// await waits until the server answers queries.
func (s *postgresServer) await(ctx context.Context) error {
	for {
		_, err := s.psql(ctx, "postgres", "SELECT 1")
		if err == nil {
			return nil
		}
		if _, ended := os.Stat(filepath.Join(s.home, "ended")); ended == nil {
			log, _ := os.ReadFile(filepath.Join(s.home, "log"))
			return fmt.Errorf("PostgreSQL ended while it started:\n%s", log)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not answer within %v: %w", postgresLimit, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// psql runs each statement by itself and returns their rows.
func (s *postgresServer) psql(ctx context.Context, database string, statements ...string) (string, error) {
	args := []string{
		"--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1",
		"--host=127.0.0.1", "--port=" + strconv.Itoa(s.port), "--username=" + postgresSuperuser, "--dbname=" + database,
	}
	for _, statement := range statements {
		args = append(args, "--command="+statement)
	}
	var out, errs bytes.Buffer
	c := exec.CommandContext(ctx, filepath.Join(s.bin, "psql"), args...)
	c.Env, c.Stdout, c.Stderr = s.environment(), &out, &errs
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("psql: %w: %s", err, bytes.TrimSpace(errs.Bytes()))
	}
	return out.String(), nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("choosing a port for PostgreSQL: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
