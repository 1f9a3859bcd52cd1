package kittest_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
)

func TestLogsFindWhatWasLogged(t *testing.T) {
	logs := kittest.NewLogs(t)
	logs.Debug("call.retried", "attempt", 1)
	logs.Debug("call.retried", "attempt", 2)
	logs.With("dependency", "payments").WithGroup("http").Warn("call.failed",
		"status", 503, "error", errors.New("no answer"), "took", 2*time.Second, "flag", true)
	io.WriteString(logs, `{"event":"order`)
	io.WriteString(logs, `.placed","user.id":"u1","tags":["a","b"]}`+"\nno JSON\n")

	if n := len(logs.Find("call.retried")); n != 2 {
		t.Errorf("%d lines found", n)
	}
	if n := len(logs.Find("call.retried", "attempt", 2)); n != 1 {
		t.Errorf("%d lines found", n)
	}
	line := logs.MustHave("call.failed", "dependency", "payments", "http.status", 503, "http.error", errors.New("no answer"),
		"http.took", 2*time.Second, "http.flag", true, "level", "WARN", "http.status", func(v any) bool { return v.(float64) > 500 })
	if line.Value("http.status") != 503.0 || line.Value("http.nothing") != nil || line.Value("http.status.code") != nil {
		t.Errorf("%v", line)
	}
	logs.MustHave("order.placed", "user.id", "u1", "tags", []string{"a", "b"})
	if all := logs.Lines(); len(all) != 5 || all[4].Text != "no JSON" || all[4].Fields != nil || all[4].Event() != "" {
		t.Errorf("%+v", all)
	}
}

func TestLogsAwait(t *testing.T) {
	logs := kittest.NewLogs(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 10 {
			logs.Info("tick", "n", i)
		}
	}()
	logs.Await("tick", "n", 9)
	<-done
}

func TestLogsComplain(t *testing.T) {
	wants(t, try(t, func(t testing.TB) {
		logs := kittest.NewLogs(t)
		logs.Info("order.placed", "id", 7)
		logs.MustHave("order.placed", "id", 8)
	}), `no line has event "order.placed" and id=8`, `"id":7`)
	wants(t, try(t, func(t testing.TB) { kittest.NewLogs(t).MustHave("x") }), "nothing")
	wants(t, try(t, func(t testing.TB) { kittest.NewLogs(t).Find("x", "key") }), "a key has no value: and key")
	wants(t, try(t, func(t testing.TB) { kittest.NewLogs(t).Find("x", 1, 2) }), "the key 1 is a int")
	wants(t, try(t, func(t testing.TB) { kittest.NewLogs(t).Find("x", "key", func() {}) }), `the value of "key"`)
	wants(t, try(t, func(t testing.TB) { fmt.Fprint(kittest.NewLogs(t), "cut off") }), "has no end: cut off")
}

func TestLogsNever(t *testing.T) {
	const secret = "hunter2"
	for name, log := range map[string]func(l *kittest.Logs){
		"before":      func(l *kittest.Logs) { l.Info("a", "password", secret); l.Never(secret) },
		"after":       func(l *kittest.Logs) { l.Never(secret); l.Info("a", slog.Group("g", "password", "x"+secret)) },
		"not in JSON": func(l *kittest.Logs) { l.Never(secret); fmt.Fprintln(l, "panic:", secret) },
	} {
		t.Run(name, func(t *testing.T) {
			wants(t, try(t, func(t testing.TB) { log(kittest.NewLogs(t)) }), `"hunter2" was logged: `)
		})
	}
	wants(t, try(t, func(t testing.TB) {
		logs := kittest.NewLogs(t)
		logs.Never(secret)
		logs.Info("a", "password", "[secret]")
	}))
	wants(t, try(t, func(t testing.TB) { kittest.NewLogs(t).Never("") }), "empty text")
}
