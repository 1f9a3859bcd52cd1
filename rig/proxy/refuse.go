package proxy

// Refuse is a dependency whose port is closed: new connections are refused,
// established ones are reset. The port stays the proxy's own.
//
// A refused attempt leaves no trace that a process may see, so [Proxy.Hits]
// counts only the calls that the reset cut.
type Refuse struct{}

// Shape returns "refuse".
func (Refuse) Shape() string { return "refuse" }
