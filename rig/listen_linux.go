package rig

import (
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// listening reports whether anybody accepts connections on the port of this
// machine. It asks the kernel's table: a connection would be work for a
// service that is just draining.
func listening(port int) bool {
	for _, addr := range listeners("self") {
		if int(addr.Port()) == port {
			return true
		}
	}
	return false
}

// listenedOn returns the addresses on which members accept connections.
func listenedOn(members []member) []netip.AddrPort {
	var all []netip.AddrPort
	for _, m := range members {
		pid := strconv.Itoa(m.pid)
		open := listeners(pid)
		fds, _ := filepath.Glob(filepath.Join("/proc", pid, "fd", "*"))
		for _, fd := range fds {
			target, _ := os.Readlink(fd)
			inode := strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")
			if addr, ok := open[inode]; ok {
				all = append(all, addr)
			}
		}
	}
	slices.SortFunc(all, netip.AddrPort.Compare)
	return slices.Compact(all)
}

// listeners returns the listening sockets in the network namespace of a
// process, by inode.
func listeners(pid string) map[string]netip.AddrPort {
	found := map[string]netip.AddrPort{}
	for _, table := range []string{"tcp", "tcp6"} {
		text, _ := os.ReadFile(filepath.Join("/proc", pid, "net", table))
		for row := range strings.Lines(string(text)) {
			f := strings.Fields(row)
			const listen = "0A"
			if len(f) < 10 || f[3] != listen {
				continue
			}
			if addr, ok := parseAddr(f[1]); ok {
				found[f[9]] = addr
			}
		}
	}
	return found
}

// parseAddr reads "0100007F:1F90": each 32-bit word of the address in the
// byte order of the machine, which is little-endian wherever this runs.
func parseAddr(s string) (netip.AddrPort, bool) {
	host, port, _ := strings.Cut(s, ":")
	raw, err := hex.DecodeString(host)
	if err != nil || len(raw) != net.IPv4len && len(raw) != net.IPv6len {
		return netip.AddrPort{}, false
	}
	for word := range slices.Chunk(raw, 4) {
		slices.Reverse(word)
	}
	n, err := strconv.ParseUint(port, 16, 16)
	addr, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), err == nil
}
