package rpc

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

func TestNoConnectionSaysWhy(t *testing.T) {
	c := newSeen().config()
	c.Target = "passthrough:///127.0.0.1:1"
	client := dial(t, c)
	eventually(t, "a refused connection", func() bool {
		_, err := client.UnaryCall(t.Context(), payload(""))
		return err != nil && strings.HasPrefix(err.Error(), "inventory (passthrough:///127.0.0.1:1): no connection: ") &&
			strings.Contains(err.Error(), "refused")
	})
}

// A peer that accepts and says nothing, not even its HTTP/2 settings, costs the
// timeout as one does that stops later.
func TestAPeerThatSaysNothingCostsTheTimeout(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // connections wait in the backlog
	c := newSeen().config()
	c.Target, c.Timeout = l.Addr().String(), 50*time.Millisecond
	_, err = dial(t, c).UnaryCall(t.Context(), payload(""))
	if want := fmt.Sprintf("inventory (%s): no answer within 50ms, attempt 1/1", c.Target); err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func TestAMissingOrWrongFieldIsNamed(t *testing.T) {
	_, err := Dial(Config{})
	for _, field := range []string{"Name", "Target", "Timeout", "Fallback"} {
		if err == nil || !strings.Contains(err.Error(), field+" is missing") {
			t.Errorf("error %v does not name %s", err, field)
		}
	}
	good := newSeen().config()
	for field, edit := range map[string]func(*Config){
		"Attempts":      func(c *Config) { c.Attempts = 11 },
		"Try":           func(c *Config) { c.Try = time.Hour },
		"Budget":        func(c *Config) { c.Budget = 2 },
		"MaxInFlight":   func(c *Config) { c.MaxInFlight = -1 },
		"Idempotent":    func(c *Config) { c.Idempotent = []string{"UnaryCall"} },
		"Ping":          func(c *Config) { c.Ping = -1 },
		"Stale":         func(c *Config) { c.Fallback = Stale(0, 0) },
		"Func":          func(c *Config) { c.Fallback = Func("", nil) },
		"BudgetMinimum": func(c *Config) { c.BudgetMinimum = -1 },
	} {
		c := good
		edit(&c)
		if _, err := Dial(c); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: error %v", field, err)
		}
	}
}

func TestPlainTextMustBeAskedFor(t *testing.T) {
	_, to := serve(t, newSeen().options(), service{unary: echo})
	c := newSeen().config()
	c.Credentials = nil
	if _, err := dial(t, c, to).UnaryCall(t.Context(), payload("")); err == nil {
		t.Error("a client without credentials spoke plain text")
	}
}
