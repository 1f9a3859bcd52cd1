// Command store keeps values under keys in a file. What it acknowledged
// outlives the process; of a crash of the whole machine it may lose the last
// second, as Redis does with appendfsync everysec. It speaks enough of Redis'
// protocol for examples/orders.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2/server"
	"go.etcd.io/bbolt"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:6379", "address to answer on")
	file := flag.String("file", "store.db", "file that keeps the values")
	flag.Parse()
	if err := run(*listen, *file); err != nil {
		fmt.Fprintln(os.Stderr, "store:", err)
		os.Exit(1)
	}
}

func run(listen, file string) error {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	// A disk that takes long to sync would make every write wait for it.
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		return fmt.Errorf("opening %s: %w", file, err)
	}
	defer db.Close()
	s, err := serve(listen, db)
	if err != nil {
		return err
	}
	defer s.Close()
	return syncUntil(stop, db)
}

// syncUntil writes to disk every second and once at the end.
func syncUntil(stop <-chan os.Signal, db *bbolt.DB) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := db.Sync(); err != nil {
				return fmt.Errorf("syncing: %w", err)
			}
		case <-stop:
			return db.Sync()
		}
	}
}

// serve answers on address out of db until the server is closed.
func serve(address string, db *bbolt.DB) (*server.Server, error) {
	v, err := openValues(db)
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(address)
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	for _, c := range v.commands() {
		if err := s.Register(c.name, c.checked); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}
