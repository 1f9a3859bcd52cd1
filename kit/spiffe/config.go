package spiffe

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spiffe/go-spiffe/v2/workloadapi"
)

// Config says where the identity comes from. The zero value is usable where
// SPIFFE_ENDPOINT_SOCKET is set.
type Config struct {
	// Address of the Workload API, such as unix:///run/spire/agent.sock or
	// tcp://127.0.0.1:8000; empty: that of SPIFFE_ENDPOINT_SOCKET.
	Address string
	// Hint picks one identity when the agent offers several; empty: the first,
	// which is the default identity by the standard.
	Hint string
	// Wait is how long New waits for the agent; 0: 10 s.
	Wait time.Duration
	// Log is told of changes; nil: [slog.Default].
	Log *slog.Logger
	// Registerer gets the metrics; nil: they are kept but not registered.
	Registerer prometheus.Registerer
	// Now is the clock by which certificates are judged; nil: [time.Now].
	Now func() time.Time
}

func (c Config) withDefaults() (Config, error) {
	if c.Address == "" {
		address, ok := workloadapi.GetDefaultAddress()
		if !ok {
			return c, errors.New("spiffe: Address is empty and " + workloadapi.SocketEnv + " is not set")
		}
		c.Address = address
	}
	if err := workloadapi.ValidateAddress(c.Address); err != nil {
		return c, fmt.Errorf("spiffe: Address %q: %w", c.Address, err)
	}
	if c.Wait < 0 {
		return c, fmt.Errorf("spiffe: Wait is %s; it must not be negative", c.Wait)
	}
	c.Wait = cmp.Or(c.Wait, 10*time.Second)
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, nil
}
