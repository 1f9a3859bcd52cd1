package load

import "golang.org/x/sys/unix"

// ackAtOnce lets the kernel acknowledge the next bytes as they come. A service
// that writes head and body apart, with Nagle's algorithm on, holds the body
// back until its head is acknowledged, which an idle client does only after
// 40 ms: we would measure our own delay and call it the service's.
func (c *conn) ackAtOnce() {
	raw, err := c.tcp.SyscallConn()
	if err != nil {
		return // the read that follows says why
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1)
	})
}
