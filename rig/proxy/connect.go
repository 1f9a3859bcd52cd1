package proxy

// Connect is a dependency behind a black hole: a connect never completes.
// Established connections are reset.
//
// Each attempt becomes a call when it is over, seen on Linux in
// /proc/net/tcp as a socket in SYN_SENT. Elsewhere the fault works and no
// call is seen.
type Connect struct{}

// Shape returns "connect".
func (Connect) Shape() string { return "connect" }
