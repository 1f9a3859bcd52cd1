//go:build !unix

package pg

import "net"

// peek cannot look here; pgx's own ping finds what was idle for a second.
func peek(net.Conn) sight { return silent }
