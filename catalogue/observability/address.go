package observability

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// hostsOf returns the names under which a host may stand in a log: a loopback
// address goes by all of its names.
func hostsOf(host string) []string {
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() || host == "localhost" {
		return []string{"127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1"}
	}
	return []string{strings.ToLower(host)}
}

// namesAddress reports whether a line names the host and the port of an
// address: as host:port anywhere in it, or as values of their own.
func (l logged) namesAddress(host, port string) (hasHost, hasPort bool) {
	hosts := hostsOf(host)
	both := func(text string) bool {
		return slices.ContainsFunc(hosts, func(h string) bool { return hasWord(text, h+":"+port) || hasWord(text, "["+h+"]:"+port) })
	}
	if both(strings.ToLower(l.Text)) {
		return true, true
	}
	for _, value := range l.entry {
		text, _ := value.(string)
		if text = strings.ToLower(text); both(text) {
			return true, true
		}
		hasHost = hasHost || slices.Contains(hosts, text) || slices.Contains(hosts, hostOf(text))
		if n, ok := integerOf(value); ok && strconv.Itoa(n) == port {
			hasPort = true
		}
	}
	return hasHost, hasPort
}

// hostOf returns the host of a URL, "" for what is none.
func hostOf(text string) string {
	if !strings.Contains(text, "://") {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// hasWord reports whether text holds word with no letter, digit, dot or hyphen
// on either side that would make it part of a longer one.
func hasWord(text, word string) bool {
	for rest, before := text, byte(' '); ; {
		at := strings.Index(rest, word)
		if at < 0 {
			return false
		}
		if at > 0 {
			before = rest[at-1]
		}
		end := at + len(word)
		if !isWordly(before) && (end == len(rest) || !isWordly(rest[end]) || rest[end] == '.' || rest[end] == '-') {
			return true
		}
		before, rest = rest[end-1], rest[end:]
	}
}

func isWordly(b byte) bool {
	return b == '.' || b == '-' || b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z'
}
