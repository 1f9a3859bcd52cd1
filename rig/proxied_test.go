package rig

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// TestEachBackendIsReachedThroughTheProxy asks the service, which asks its
// dependency, and wants the call to be on record.
func TestEachBackendIsReachedThroughTheProxy(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		io.WriteString(w, "from elsewhere "+q.URL.Path)
	}))
	defer elsewhere.Close()
	program := declared("serve").Run
	for name, row := range map[string]struct {
		dependency service.Dependency
		want       string
	}{
		"stub":      {service.Dependency{Stub: &service.Stub{Body: "from the stub"}}, "from the stub"},
		"run":       {service.Dependency{Run: &program}, "404 page not found"},
		"url":       {service.Dependency{URL: elsewhere.URL}, "from elsewhere /hello"},
		"host:port": {service.Dependency{URL: elsewhere.Listener.Addr().String()}, "from elsewhere /hello"},
	} {
		t.Run(name, func(t *testing.T) {
			row.dependency.Name, row.dependency.Kind = "up", service.HTTP
			trial, rec := try(t, open(t, with(row.dependency)))
			begin(t, trial)
			if got := get(t, trial.URL()+"/upstream"); !strings.HasPrefix(got, row.want) {
				t.Errorf("answer %q", got)
			}
			trial.Close()
			if _, started, _ := evidence.InState(rec.Recording().Events, evidence.Started); started.Peers["up"] != trial.Proxy("up").Addr() {
				t.Errorf("on record is that it finds its dependencies at %v", started.Peers)
			}
			calls := 0
			for _, e := range rec.Recording().Events {
				if e.Call != nil && e.Call.Path == "/hello" && e.Call.Dependency == "up" {
					calls++
				}
			}
			if calls != 1 {
				t.Errorf("%d calls are on record", calls)
			}
		})
	}
}

// TestEachTrialHasARedisOfItsOwn runs the stand-in of testdata, which is
// found first on PATH.
func TestEachTrialHasARedisOfItsOwn(t *testing.T) {
	t.Setenv("PATH", programs+string(os.PathListSeparator)+os.Getenv("PATH"))
	r := open(t, with(service.Dependency{Name: "cache", Kind: service.Redis}))
	one, _ := try(t, r)
	defer one.Close()
	two, _ := try(t, r)
	defer two.Close()
	for _, row := range []struct {
		trial          *Trial
		command, reply string
	}{
		{one, "SET k v", "+OK"}, {one, "GET k", "$1"}, {two, "GET k", "$-1"},
	} {
		link := row.trial.variables()["cache.url"]
		if got := ask(t, strings.TrimPrefix(link, "redis://"), row.command); got != row.reply {
			t.Errorf("%s answers %s to %s, want %s", link, got, row.command, row.reply)
		}
	}
}

// ask sends one inline command of the Redis protocol.
func ask(t *testing.T, addr, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	words := strings.Fields(text)
	fmt.Fprintf(c, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(c, "$%d\r\n%s\r\n", len(w), w)
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// TestEachTrialHasADatabaseOfItsOwn needs PostgreSQL on the machine.
func TestEachTrialHasADatabaseOfItsOwn(t *testing.T) {
	r := open(t, with(service.Dependency{Name: "db", Kind: service.Postgres}))
	bin := r.backends["db"].(*postgres).bin
	query := func(trial *Trial, sql string) error {
		link := trial.variables()["db.url"]
		return r.runToEnd(t.Context(), sql, command{
			path: filepath.Join(bin, "psql"), args: []string{"psql", "--no-psqlrc", "--dbname=" + link, "--command=" + sql},
			env: baseEnvironment(t.TempDir()).strings(),
		})
	}
	one, rec := try(t, r)
	two, _ := try(t, r)
	defer two.Close()
	if err := query(one, "CREATE TABLE orders (id int)"); err != nil {
		t.Fatal(err)
	}
	if err := query(two, "SELECT * FROM orders"); err == nil {
		t.Error("the table of one trial is seen in another")
	}
	if link := one.variables()["db.url"]; !strings.HasSuffix(link, "?sslmode=disable") || !strings.Contains(link, "@"+one.Proxy("db").Addr()+"/") {
		t.Errorf("link %s", link)
	}
	one.Close()
	if len(rec.Recording().Events) == 0 {
		t.Error("the proxy recorded no call")
	}
}
