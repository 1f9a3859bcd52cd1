package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
)

// process is the service in a process of its own.
type process struct {
	*running
	command *exec.Cmd
}

func start(t *testing.T, env map[string]string) process {
	t.Helper()
	p := process{&running{logs: kittest.NewLogs(t)}, exec.Command(os.Args[0])}
	p.command.Env = []string{"ORDERS_IS_THE_SERVICE=1"}
	for name, value := range env {
		p.command.Env = append(p.command.Env, name+"="+value)
	}
	p.command.Stdout, p.command.Stderr = p.logs, os.Stderr
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.kill() })
	started := p.logs.Await("service.started")
	p.url, p.ops = local(started.Value("address").(string)), local(started.Value("ops").(string))
	await(t, p.ops+"/readyz", 200)
	return p
}

// kill ends the process as a crash does.
func (p process) kill() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// writers place orders until the service is gone, and keep the ids of those
// that were acknowledged.
type writers struct {
	wait  sync.WaitGroup
	mutex sync.Mutex
	ids   []string
}

func write(t *testing.T, url string) *writers {
	w := new(writers)
	for n := range 8 {
		w.wait.Go(func() {
			for i := 0; ; i++ {
				status, text := send(t, "POST", url+"/orders", tea, fmt.Sprintf("%d-%d", n, i))
				var placed struct{ ID string }
				if status != 201 || json.Unmarshal([]byte(text), &placed) != nil {
					return
				}
				w.mutex.Lock()
				w.ids = append(w.ids, placed.ID)
				w.mutex.Unlock()
			}
		})
	}
	return w
}

func (w *writers) count() int {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return len(w.ids)
}

// Killed three times in the middle of writes, the service comes back each
// time and has every order that it acknowledged.
func TestACrashLosesNoAcknowledgedOrder(t *testing.T) {
	databases(t, func(t *testing.T, _ string, env map[string]string, _ func() string) {
		var acknowledged []string
		for range 3 {
			p := start(t, env)
			w := write(t, p.url)
			for end := time.Now().Add(30 * time.Second); w.count() < 100 && time.Now().Before(end); time.Sleep(time.Millisecond) {
			}
			p.kill()
			w.wait.Wait()
			if w.count() < 100 {
				t.Fatalf("only %d orders were acknowledged", w.count())
			}
			acknowledged = append(acknowledged, w.ids...)
		}
		p := start(t, env)
		for _, id := range acknowledged {
			if status, text := send(t, "GET", p.url+"/orders/"+id, "", ""); status != 200 || !strings.Contains(text, id) {
				t.Fatalf("the acknowledged order %s is %d %s", id, status, text)
			}
		}
		t.Logf("%d acknowledged orders", len(acknowledged))
	})
}
