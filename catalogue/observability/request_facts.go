package observability

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// statusWord ends the keys of an answer's status, their words in one: status,
// res.statusCode, http.response.status_code, response_code, DownstreamStatus.
var statusWord = regexp.MustCompile(`(?:status|statuscode|responsecode|httpcode|respcode|^code)$`)

// hasStatus reports whether a line says with what status r was answered.
func (l logged) hasStatus(r *evidence.Request) bool {
	for name, value := range l.entry {
		if text, ok := value.(string); ok {
			value, _, _ = strings.Cut(strings.TrimSpace(text), " ") // "201 Created"
		}
		if n, ok := integerOf(value); ok && n == r.Status && statusWord.MatchString(keyOf(name).whole()) {
			return true
		}
	}
	return false
}

// hasDuration reports whether a line holds a duration that r may have taken.
func (l logged) hasDuration(r *evidence.Request) bool {
	const rounding = time.Second // of loggers that count in seconds
	return slices.ContainsFunc(measuresOf(l.entry), func(m measure) bool {
		return slices.ContainsFunc(m.may, func(d time.Duration) bool { return d <= r.Took.D()+rounding })
	})
}

// hasMethod reports whether a value is the method of r, or begins with it as a
// request line or a route does.
func (l logged) hasMethod(r *evidence.Request) bool {
	for _, value := range l.entry {
		if text, ok := value.(string); ok {
			first, rest, _ := strings.Cut(text, " ")
			if strings.EqualFold(first, r.Method) && (rest == "" || strings.ContainsAny(rest, "/")) {
				return true
			}
		}
	}
	return false
}

// routeWord matches the key of a route that is no path: the name of a handler.
var routeWord = regexp.MustCompile(`^(?:httproute|route|routename|endpoint|endpointname|handler|operation|operationid|actionname)$`)

// hasPath reports whether a value is the path of r, with or without its query
// and what lies before a mount point, or a route that serves it.
func (l logged) hasPath(r *evidence.Request) bool {
	path, _, _ := strings.Cut(r.Path, "?")
	for name, value := range l.entry {
		text, ok := value.(string)
		if !ok {
			continue
		}
		if k := keyOf(name); routeWord.MatchString(k.whole()) && strings.TrimSpace(text) != "" && !strings.Contains(text, "/") {
			return true
		}
		for _, word := range strings.Fields(text) {
			if isPathOf(word, path) {
				return true
			}
		}
	}
	return false
}

func isPathOf(word, path string) bool {
	if u, err := url.Parse(word); err == nil && u.Host != "" && strings.HasPrefix(u.Scheme, "http") {
		word = u.Path
	}
	word, _, _ = strings.Cut(word, "?")
	if strings.Trim(word, "/") == "" || !strings.HasPrefix(word, "/") {
		return word == path
	}
	match, exact := route{path: word}.serves(route{path: path})
	return match && exact || strings.HasSuffix(path, word)
}

var (
	// remoteWord matches the keys of a client's address, of their words the
	// last, the last two, or all in one: remote, client.address, req.remoteAddress,
	// source.ip, net.peer.ip, x_forwarded_for.
	remoteWord = regexp.MustCompile(`^(?:remote|client|source|src|peer|caller|user|visitor|requester)(?:sock)?(?:addr|address|ip|ipaddr|ipaddress|host|hostname|endpoint)$` +
		`|^(?:remote|client|peer|caller|ipaddress|realip|xrealip|forwardedfor|xforwardedfor|cip|remoteuser)$`)
	// subjectWord does so for whoever was authenticated.
	subjectWord = regexp.MustCompile(`^(?:subject|sub|user|usr|userid|usrid|uid|username|principal|actor|actorid|account|accountid|` +
		`customer|customerid|tenant|tenantid|enduserid|identity|clientid|callerid|apikeyid)$`)
)

// hasWho reports whether a line names the client's address or the subject.
func (l logged) hasWho(*evidence.Request) bool {
	for name, value := range l.entry {
		k := keyOf(name)
		text, isText := value.(string)
		_, isNumber := integerOf(value)
		if !isNumber && (!isText || strings.Trim(text, "- ") == "") {
			continue
		}
		for _, word := range []string{k.ending(1), k.ending(2), k.whole()} {
			if remoteWord.MatchString(word) || subjectWord.MatchString(word) {
				return true
			}
		}
		if k.whole() == "ip" && isAddress(text) {
			return true
		}
	}
	return false
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}
