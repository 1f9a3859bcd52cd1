//go:build !linux

package load

// ackAtOnce does nothing where the kernel has no such option.
func (c *conn) ackAtOnce() {}
