package store

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2/server"

	"github.com/golive-dev/golive/examples/orders/internal/dependency"
	"github.com/golive-dev/golive/examples/orders/internal/order"
)

// open returns a store at address whose calls have 300 ms.
func open(t *testing.T, address string) *Store {
	t.Helper()
	s := New(&url.URL{Scheme: "redis", Host: address}, &dependency.Dependency{
		Name: "store", Address: address, Timeout: 300 * time.Millisecond, Attempts: 1,
		Log: slog.New(slog.DiscardHandler), Calls: dependency.Durations(),
	})
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// redisAt serves a map at address. Nothing in it survives its end.
func redisAt(t *testing.T, address string) *server.Server {
	t.Helper()
	s, err := server.NewServer(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	kept := map[string]string{} // the client of each test is one goroutine
	for name, command := range map[string]server.Cmd{
		"PING": func(c *server.Peer, _ string, _ []string) { c.WriteInline("PONG") },
		"SET":  func(c *server.Peer, _ string, args []string) { kept[args[0]] = args[1]; c.WriteOK() },
		"GET": func(c *server.Peer, _ string, args []string) {
			if value, ok := kept[args[0]]; ok {
				c.WriteBulk(value)
			} else {
				c.WriteNull()
			}
		},
	} {
		if err := s.Register(name, command); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestOrdersAreKept(t *testing.T) {
	ctx := context.Background()
	s := open(t, redisAt(t, "127.0.0.1:0").Addr().String())
	for _, o := range []order.Order{
		{ID: "o-1", Draft: order.Draft{Customer: "c-1", Item: "tea", Quantity: 1}, Payment: order.Pending},
		{ID: "o-2", Draft: order.Draft{Customer: "c-1", Item: "tea", Quantity: 2}, Payment: order.Paid},
	} {
		if err := s.Save(ctx, o); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Find(ctx, o.ID); err != nil || got != o {
			t.Errorf("found %+v, %v; want %+v", got, err, o)
		}
	}
	if got, err := s.Latest(ctx, "c-1"); err != nil || got.ID != "o-2" {
		t.Errorf("latest is %+v, %v", got, err)
	}
	for name, find := range map[string]func(context.Context, string) (order.Order, error){"Find": s.Find, "Latest": s.Latest} {
		if _, err := find(ctx, "nobody"); !errors.Is(err, order.ErrNotFound) {
			t.Errorf("%s of what is not there: %v", name, err)
		}
	}
	if open, inUse := s.Connections(); open != 1 || inUse != 0 {
		t.Errorf("%d connections open, %d in use; want one, idle", open, inUse)
	}
}

func TestAStoreThatComesBackIsUsedAtOnce(t *testing.T) {
	ctx := context.Background()
	redis := redisAt(t, "127.0.0.1:0")
	address := redis.Addr().String()
	s := open(t, address)
	var idle []io.Closer
	for range 5 {
		conn, err := s.pool.GetContext(ctx)
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, conn)
	}
	for _, conn := range idle {
		_ = conn.Close()
	}
	redis.Close()
	var failed *dependency.Error
	if err := s.Save(ctx, order.Order{ID: "o-1"}); !errors.As(err, &failed) {
		t.Errorf("without the store: %v", err)
	}
	if err := s.Ping(ctx); err == nil {
		t.Error("ping succeeds without the store")
	}
	redisAt(t, address)
	if err := s.Save(ctx, order.Order{ID: "o-1"}); err != nil {
		t.Errorf("the first request after the repair: %v", err)
	}
}

// TestHangs puts a store that hangs in each shape of TCP before the client.
func TestHangs(t *testing.T) {
	for shape, answer := range map[string]func(net.Conn){
		"silence": func(net.Conn) {},
		"part":    func(c net.Conn) { _, _ = io.WriteString(c, "$100\r\nab") },
		"drip": func(c net.Conn) {
			_, _ = io.WriteString(c, "$100\r\n")
			for {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		},
	} {
		t.Run(shape, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			gone := make(chan error, 1)
			go func() {
				c, err := listener.Accept()
				if err == nil {
					defer c.Close()
					go answer(c)
					_, err = io.Copy(io.Discard, c)
				}
				gone <- err
			}()
			began := time.Now()
			if _, err := open(t, listener.Addr().String()).Find(context.Background(), "o-1"); err == nil {
				t.Error("found an order in a store that hangs")
			}
			<-gone // the connection is closed with the call, not left to hang
			if took := time.Since(began); took < 250*time.Millisecond || took > 5*time.Second {
				t.Errorf("a call of 300ms took %s", took)
			}
		})
	}
}
