package outbound

import (
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects is fewer than the 10 of net/http: services redirect once, for a slash or a moved resource.
const maxRedirects = 5

// harmless are the headers that a redirect to another origin keeps. All else may be a credential: net/http drops
// Authorization and Cookie only, and not even those when merely the port or a sub-domain changes.
var harmless = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Accept-Language": true, "Content-Type": true, "Range": true, "User-Agent": true,
}

// checkRedirect is the client's CheckRedirect.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects { // the guard has failed the call before, unless somebody wrapped its answers
		return ErrRedirects
	}
	err := follow(req, via)
	if r, ok := redirectBefore(req); ok {
		r.end(err == nil)
	}
	return err
}

// follow prepares a request for where a redirect leads. Where that would be from TLS to plain text, or take a body to
// another origin, the 3xx itself is the answer.
func follow(req *http.Request, via []*http.Request) error {
	if !strayed(req, via) {
		return nil
	}
	if req.Body != nil || (via[0].URL.Scheme == "https" && req.URL.Scheme != "https") {
		return http.ErrUseLastResponse
	}
	for name := range req.Header {
		if !harmless[name] {
			req.Header.Del(name)
		}
	}
	return nil
}

// strayed reports whether any hop has left the origin of the first request. One that comes back does not count
// as returned: the other origin chose where it leads.
func strayed(req *http.Request, via []*http.Request) bool {
	home := origin(via[0].URL)
	for _, hop := range via[1:] {
		if origin(hop.URL) != home {
			return true
		}
	}
	return origin(req.URL) != home
}

func origin(u *url.URL) string {
	host, port := hostPort(u)
	return strings.ToLower(u.Scheme + "://" + host + ":" + port)
}
