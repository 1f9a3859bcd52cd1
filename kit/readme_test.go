package kit_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

var smallest = regexp.MustCompile("(?s)```go\n(package main.*?)```")

// The README's service is what a newcomer copies: it builds as it stands, in
// a module of its own, answers, and ends with 0.
func TestTheServiceOfTheReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	program := smallest.FindStringSubmatch(string(readme))
	if program == nil {
		t.Fatal("the README shows no program")
	}
	if n := strings.Count(program[1], "\n"); n >= 40 {
		t.Errorf("the smallest service has %d lines", n)
	}
	c := exec.Command(build(t, program[1]))
	c.Env = []string{"PORT=0", "OPS_PORT=0", "PROBE_PERIOD=10ms", "GREETING=hi"}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Process.Kill()
	var started struct{ Event, Address string }
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&started); err != nil || started.Event != "service.started" {
		t.Fatalf("%+v %v", started, err)
	}
	answer, err := http.Get("http://" + local(started.Address) + "/greetings/ana")
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	closeBody(answer)
	if answer.StatusCode != 200 {
		t.Errorf("answered %d", answer.StatusCode)
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
}

// build returns the path of the program, built in a module that uses kit from
// this directory.
func build(t *testing.T, program string) string {
	t.Helper()
	dir := t.TempDir()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	write("main.go", program)
	write("go.sum", string(sums))
	write("go.mod", "module greeter\n\ngo 1.26.3\n\nrequire github.com/golive-dev/golive/kit v0.0.0\n\nreplace github.com/golive-dev/golive/kit => "+here+"\n")
	c := exec.Command("go", "build", "-mod=mod", "-o", "greeter", ".")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return filepath.Join(dir, "greeter")
}

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// Each line of code that the README shows stands in an example that runs.
func TestTheReadmeShowsWhatRuns(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var examples strings.Builder
	for _, pattern := range []string{"example_*_test.go", "pg/example/*_test.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || names == nil {
			t.Fatal(pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			examples.Write(text)
		}
	}
	for _, block := range goBlock.FindAllStringSubmatch(string(readme), -1)[1:] {
		for line := range strings.Lines(block[1]) {
			if line = strings.TrimSpace(line); line != "// …" && !strings.Contains(examples.String(), line) {
				t.Errorf("no example has the line %s", line)
			}
		}
	}
}
