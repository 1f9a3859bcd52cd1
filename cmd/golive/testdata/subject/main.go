// Subject is the service that the command line's tests review: one that
// behaves well, or badly in the way that its argument names.
package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	mode := "good"
	if len(os.Args) > 1 {
		mode = os.Args[1]
	}
	addr := "127.0.0.1:" + os.Getenv("PORT")
	switch mode {
	case "exits":
		fmt.Fprintln(os.Stderr, "fatal: no licence found")
		os.Exit(7)
	case "sleeps":
		fmt.Println("waiting for a leader")
		time.Sleep(time.Hour)
	case "elsewhere":
		addr = "127.0.0.1:0"
	case "floods":
		go flood()
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
	case "forks":
		fork("leaves", false)
		fork("sleeps", false)
	case "leaves": // its child has no parent and a session of its own
		fork("sleeps", true)
		return
	}
	serve(addr, mode == "stubborn")
}

// fork starts this program once more, in a session of its own.
func fork(mode string, twice bool) {
	c := exec.Command(os.Args[0], mode)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		panic(err)
	}
	if !twice {
		go c.Wait()
	}
}

// serve serves until SIGTERM, and then drains: readiness fails first, and
// connections are closed only when a balancer has had time to notice.
func serve(addr string, stubborn bool) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fatal:", err)
		os.Exit(1)
	}
	fmt.Println("listening on", l.Addr())
	if file := os.Getenv("ADDRESS_FILE"); file != "" {
		os.WriteFile(file, []byte("http://"+l.Addr().String()), 0o644)
	}
	term, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	if stubborn {
		stop()
		signal.Ignore(syscall.SIGTERM)
		term = context.Background()
	}
	s := &http.Server{Handler: handler(term)}
	go s.Serve(l)
	<-term.Done()
	time.Sleep(time.Second)
	s.Shutdown(context.Background())
}

func handler(term context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if term.Err() != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello") })
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "# TYPE up gauge\nup 1")
	})
	return mux
}

// flood writes as fast as it is read, about 100 MB in each second.
func flood() {
	block := bytes.Repeat([]byte("all work and no play makes a service a dull process\n"), 20_000)
	for {
		os.Stdout.Write(block)
		time.Sleep(10 * time.Millisecond)
	}
}
