// Redis-server stands in for Redis on machines without it: it takes the
// arguments that the rig gives the real one and keeps keys.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"sync"

	"github.com/alicebob/miniredis/v2/server"
)

func main() {
	port := flag.String("port", "", "")
	bind := flag.String("bind", "", "")
	for _, ignored := range []string{"dir", "save", "appendonly", "daemonize"} {
		flag.String(ignored, "", "")
	}
	flag.Parse()
	s, err := server.NewServer(net.JoinHostPort(*bind, *port))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var keys sync.Map
	s.Register("SET", func(c *server.Peer, _ string, args []string) {
		keys.Store(args[0], args[1])
		c.WriteOK()
	})
	s.Register("GET", func(c *server.Peer, _ string, args []string) {
		if v, ok := keys.Load(args[0]); ok {
			c.WriteBulk(v.(string))
			return
		}
		c.WriteNull()
	})
	select {}
}
