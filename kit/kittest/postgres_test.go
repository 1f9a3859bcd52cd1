//go:build unix

package kittest

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestPostgresAnswersAndKeepsTestsApart(t *testing.T) {
	a, b := Postgres(t), Postgres(t)
	a.Exec("CREATE TABLE orders (id int, item text)", "INSERT INTO orders VALUES (1, 'tea'), (2, 'salt')")
	if rows := a.Query("SELECT id, item FROM orders ORDER BY id"); len(rows) != 2 || rows[0] != "1|tea" {
		t.Errorf("rows: %q, want 1|tea and 2|salt", rows)
	}
	if rows := b.Query("SELECT 1 FROM pg_tables WHERE tablename = 'orders'"); rows != nil {
		t.Errorf("the other test's database has the table too: %q", rows)
	}
	if a.Port != b.Port {
		t.Errorf("ports %d and %d: one server is enough", a.Port, b.Port)
	}
}

func TestPostgresOwnerIsNoSuperuser(t *testing.T) {
	d := Postgres(t)
	rows := d.Query("SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = '" + d.User + "'")
	if len(rows) != 1 || rows[0] != "f|f|f" {
		t.Errorf("superuser, createrole, createdb of the owner: %q", rows)
	}
	if rows := d.Query("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '" + d.Name + "'"); rows[0] != d.User {
		t.Errorf("owner is %s, want %s", rows[0], d.User)
	}
}

// The password counts: a test of rotation would else prove nothing.
func TestPostgresAsksForThePassword(t *testing.T) {
	d := Postgres(t)
	login := func(url string) error {
		c := exec.Command(filepath.Join(d.server.bin, "psql"), "--no-psqlrc", "--no-password", "--command=SELECT 1", url)
		c.Env = []string{"HOME=" + t.TempDir()}
		return c.Run()
	}
	if err := login(d.URL); err != nil {
		t.Errorf("with the password: %v", err)
	}
	if err := login(d.Superuser); err != nil {
		t.Errorf("the superuser: %v", err)
	}
	if login(strings.Replace(d.URL, d.Password, "wrong", 1)) == nil {
		t.Error("logged in with the wrong password")
	}
	if login(d.Address) == nil {
		t.Error("logged in without user and password")
	}
}

func TestPostgresFilesHoldTheCredentials(t *testing.T) {
	d := Postgres(t)
	user, password := d.Files()
	for path, want := range map[string]string{user: d.User, password: d.Password} {
		text, err := os.ReadFile(path)
		if err != nil || strings.TrimSpace(string(text)) != want {
			t.Errorf("%s: %q, %v", filepath.Base(path), text, err)
		}
	}
}

func TestPostgresDropsTheDatabaseWithItsTest(t *testing.T) {
	var name, role string
	t.Run("inner", func(t *testing.T) {
		d := Postgres(t)
		name, role = d.Name, d.User
	})
	d := Postgres(t)
	if rows := d.Query("SELECT datname FROM pg_database WHERE datname = '" + name + "' UNION SELECT rolname FROM pg_roles WHERE rolname = '" + role + "'"); rows != nil {
		t.Errorf("left behind: %q", rows)
	}
}

// child makes the test binary start a server of its own, say where, and wait
// to be killed.
const child = "KITTEST_POSTGRES_CHILD"

func TestPostgresEndsWithAKilledProcess(t *testing.T) {
	if os.Getenv(child) != "" {
		d := Postgres(t)
		os.Stdout.WriteString("\n" + d.server.home + " " + strconv.Itoa(d.Port) + "\n")
		io.Copy(io.Discard, os.Stdin)
		return
	}
	c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	c.Env = append(os.Environ(), child+"=1")
	stdin, err1 := c.StdinPipe()
	stdout, err2 := c.StdoutPipe()
	if err1 != nil || err2 != nil || c.Start() != nil {
		t.Fatal("cannot start the test binary again")
	}
	defer stdin.Close()
	home, port := announced(t, stdout)
	c.Process.Kill()
	c.Wait()
	for deadline := time.Now().Add(postgresLimit); ; time.Sleep(20 * time.Millisecond) {
		_, err := os.Stat(home)
		conn, dialErr := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
		if dialErr == nil {
			conn.Close()
		}
		if os.IsNotExist(err) && dialErr != nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server outlives its test binary: directory %v, connection %v", err, dialErr)
		}
	}
}

func announced(t *testing.T, stdout io.Reader) (home, port string) {
	t.Helper()
	var seen []byte
	buffer := make([]byte, 512)
	for {
		n, err := stdout.Read(buffer)
		seen = append(seen, buffer[:n]...)
		for line := range strings.Lines(string(seen)) {
			if fields := strings.Fields(line); len(fields) == 2 && strings.HasSuffix(line, "\n") && filepath.IsAbs(fields[0]) {
				return fields[0], fields[1]
			}
		}
		if err != nil {
			t.Fatalf("the child said %q, then %v", seen, err)
		}
	}
}
