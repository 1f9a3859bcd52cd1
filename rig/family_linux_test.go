package rig

import (
	"net"
	"os"
	"os/exec"
	"slices"
	"testing"
)

func TestReadStatOfANameWithParentheses(t *testing.T) {
	shell, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/a) S (b"
	if err := os.WriteFile(path, shell, 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, "-c", "read x")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer in.Close()
	s, ok := readStat(c.Process.Pid)
	if !ok || s.name != "a) S (b" || s.parent != os.Getpid() || s.start == 0 || !s.alive() {
		t.Errorf("%+v", s)
	}
}

func TestAFamilyKnowsItsMembersByEachMark(t *testing.T) {
	f := &family{leader: 10, known: map[int]uint64{}}
	f.born = 1 << 62 // spare it looking at environments
	table := map[int]stat{
		1:  {state: 'S', start: 1},
		10: {state: 'S', parent: 1, group: 10, start: 5},
		11: {state: 'S', parent: 10, group: 10, start: 6},
		12: {state: 'S', parent: 11, group: 12, start: 7},
		13: {state: 'S', parent: 12, group: 13, start: 8},
		20: {state: 'S', parent: 1, group: 20, start: 9},
	}
	f.mark(table)
	if got := pids(f); !slices.Equal(got, []int{10, 11, 12, 13}) {
		t.Fatalf("members %v", got)
	}
	// The leader dies, its grandchild gets another parent, a pid is reused.
	delete(table, 10)
	table[12] = stat{state: 'S', parent: 1, group: 12, start: 7}
	table[11] = stat{state: 'S', parent: 1, group: 11, start: 99}
	f.mark(table)
	if got := pids(f); !slices.Equal(got, []int{12, 13}) {
		t.Errorf("members %v", got)
	}
}

func pids(f *family) []int {
	var all []int
	for pid := range f.known {
		all = append(all, pid)
	}
	slices.Sort(all)
	return all
}

func TestListenersAreFoundByTheirProcess(t *testing.T) {
	for _, at := range []string{"127.0.0.1:0", "[::1]:0", ":0"} {
		l, err := net.Listen("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		var found bool
		for _, a := range listenedOn([]member{{pid: os.Getpid()}}) {
			found = found || int(a.Port()) == port
		}
		if !found || !listening(port) {
			t.Errorf("%s: listener on port %d is not seen", at, port)
		}
		l.Close()
		if listening(port) {
			t.Errorf("%s: the closed port %d is seen", at, port)
		}
	}
}

func TestParseAddr(t *testing.T) {
	for in, want := range map[string]string{
		"0100007F:1F90":                         "127.0.0.1:8080",
		"00000000000000000000000001000000:0050": "[::1]:80",
		"0000000000000000FFFF00000100007F:0050": "127.0.0.1:80",
	} {
		if got, ok := parseAddr(in); !ok || got.String() != want {
			t.Errorf("%s: %v, want %s", in, got, want)
		}
	}
	for _, bad := range []string{"", "zz:1", "0100007F:", "01:1"} {
		if got, ok := parseAddr(bad); ok {
			t.Errorf("%q: %v", bad, got)
		}
	}
}
