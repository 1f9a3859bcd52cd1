package main

import (
	"path/filepath"
	"testing"

	"github.com/alicebob/miniredis/v2/server"
	"github.com/gomodule/redigo/redis"
	"go.etcd.io/bbolt"
)

// start serves out of file and returns a connection and what ends both.
func start(t *testing.T, file string) (redis.Conn, func()) {
	t.Helper()
	db, err := bbolt.Open(file, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	var s *server.Server
	if s, err = serve("127.0.0.1:0", db); err != nil {
		t.Fatal(err)
	}
	conn, err := redis.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return conn, func() { _ = conn.Close(); s.Close(); _ = db.Close() }
}

func expect(t *testing.T, conn redis.Conn, want any, command string, args ...any) {
	t.Helper()
	got, err := conn.Do(command, args...)
	if text, ok := got.([]byte); ok {
		got = string(text)
	}
	if err != nil || got != want {
		t.Errorf("%s %v answered %v, %v; want %v", command, args, got, err, want)
	}
}

func TestCommands(t *testing.T) {
	conn, stop := start(t, filepath.Join(t.TempDir(), "db"))
	defer stop()
	expect(t, conn, "PONG", "PING")
	expect(t, conn, nil, "GET", "k")
	expect(t, conn, "OK", "SET", "k", "one")
	expect(t, conn, "one", "GET", "k")
	expect(t, conn, int64(0), "SETNX", "k", "two")
	expect(t, conn, "one", "GET", "k")
	expect(t, conn, int64(1), "DEL", "k")
	expect(t, conn, int64(0), "DEL", "k")
	expect(t, conn, int64(1), "SETNX", "k", "two")
	expect(t, conn, "two", "GET", "k")
	expect(t, conn, "OK", "SET", "k", "")
	expect(t, conn, "", "GET", "k")
}

func TestErrorsAreErrors(t *testing.T) {
	conn, stop := start(t, filepath.Join(t.TempDir(), "db"))
	defer stop()
	for _, args := range [][]any{{"k"}, {"", "empty key"}} {
		if got, err := conn.Do("SET", args...); err == nil {
			t.Errorf("SET %v answered %v", args, got)
		}
	}
	expect(t, conn, "PONG", "PING")
}

func TestValuesOutliveTheProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "db")
	conn, stop := start(t, file)
	expect(t, conn, "OK", "SET", "k", "kept")
	stop()
	conn, stop = start(t, file)
	defer stop()
	expect(t, conn, "kept", "GET", "k")
}
