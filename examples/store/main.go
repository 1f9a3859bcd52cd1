// Command store keeps values under keys, durably: what it acknowledges is on
// disk. It speaks enough of Redis' protocol for examples/orders.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

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
	db, err := bbolt.Open(file, 0o600, nil)
	if err != nil {
		return fmt.Errorf("opening %s: %w", file, err)
	}
	defer db.Close()
	s, err := serve(listen, db)
	if err != nil {
		return err
	}
	<-stop
	s.Close()
	return nil
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
