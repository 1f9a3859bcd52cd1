package proxy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"os"
)

// connecting returns the sockets of this machine that are about to connect to
// addr, each named by its own address and inode.
func connecting(addr *net.TCPAddr) map[string]bool {
	// The kernel prints addresses as words of the machine's own byte order,
	// and ::ffff:127.0.0.1, as dual-stack clients connect, ends like 127.0.0.1.
	const synSent = "02"
	remote := fmt.Appendf(nil, "%08X:%04X", binary.NativeEndian.Uint32(addr.IP.To4()), addr.Port)
	seen := map[string]bool{}
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range bytes.Lines(text) {
			if !bytes.Contains(line, remote) {
				continue
			}
			f := bytes.Fields(line) // sl local remote state queues timer retransmits uid timeout inode …
			if len(f) > 9 && bytes.HasSuffix(f[2], remote) && string(f[3]) == synSent {
				seen[string(f[1])+" "+string(f[9])] = true
			}
		}
	}
	return seen
}
