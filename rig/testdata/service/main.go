// Service is what the rig's tests start: an HTTP service that behaves well,
// or badly in the way that MODE names.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	addr := "127.0.0.1:" + os.Getenv("PORT")
	fmt.Println("mode", os.Getenv("MODE"))
	switch os.Getenv("MODE") {
	case "exit":
		fmt.Fprintln(os.Stderr, "fatal: no licence")
		os.Exit(3)
	case "silent":
		time.Sleep(time.Hour)
	case "elsewhere":
		addr = "127.0.0.1:0"
	case "flood":
		go flood()
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
	case "daemon":
		child("MODE=orphan", &syscall.SysProcAttr{Setsid: true}).Release()
	case "orphan":
		child("MODE=silent", &syscall.SysProcAttr{Setsid: true}).Release()
		return
	case "wrapper":
		child("MODE=serve", nil).Release()
		return
	case "graceful":
		term := make(chan os.Signal, 1)
		signal.Notify(term, syscall.SIGTERM)
		go func() {
			<-term
			fmt.Println("bye")
			os.Exit(0)
		}()
	}
	serve(addr)
}

func serve(addr string) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fatal:", err)
		os.Exit(1)
	}
	fmt.Println("listening on", l.Addr())
	http.HandleFunc("/env", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, strings.Join(os.Environ(), "\n"))
	})
	http.HandleFunc("/upstream", func(w http.ResponseWriter, _ *http.Request) {
		answer, err := http.Get(os.Getenv("UPSTREAM_URL") + "/hello")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		io.Copy(w, answer.Body)
	})
	http.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if os.Getenv("MODE") == "unready" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	if port := os.Getenv("OPS_PORT"); port != "" {
		go http.ListenAndServe("127.0.0.1:"+port, http.FileServer(http.Dir(os.Getenv("SECRETS"))))
	}
	http.Serve(l, nil)
}

// child starts this program again, in its group or out of it.
func child(mode string, attr *syscall.SysProcAttr) *os.Process {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), mode)
	c.SysProcAttr = attr
	if err := c.Start(); err != nil {
		panic(err)
	}
	return c.Process
}

// flood writes about 100 MB in a second, and then more slowly.
func flood() {
	block := bytes.Repeat([]byte("all work and no play makes a service a dull process\n"), 20_000)
	for n := 0; ; n++ {
		os.Stdout.Write(block)
		if n > 100 {
			time.Sleep(10 * time.Millisecond)
		}
	}
}
