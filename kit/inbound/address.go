package inbound

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// loggable returns what the access line says of err: err itself, unless there is
// an error of an http.Client in it. That one's text holds the whole URL, with
// what the caller asked for, keys and tokens; so its operation, its host and
// port, and what went wrong take its place. An error that panics when it is asked
// costs its text and not the line.
func loggable(err error) (told error) {
	defer func() {
		if recover() != nil {
			told = fmt.Errorf("an error of type %T", err)
		}
	}()
	calls := callsIn(err, nil)
	if len(calls) == 0 {
		return err
	}
	text := err.Error()
	for _, c := range calls {
		text = strings.ReplaceAll(text, c.Error(), withoutURL(c))
	}
	if holdsAny(text, calls) { // some error on the way has words of its own
		text = ""
		for _, c := range calls {
			text += c.Op + " " + hostPort(c.URL) + " failed; "
		}
		text = strings.TrimSuffix(text, "; ")
	}
	return errors.New(text)
}

// callsIn collects the errors of http.Clients in the tree of err, outer ones
// first.
func callsIn(err error, found []*url.Error) []*url.Error {
	if c, ok := err.(*url.Error); ok && c != nil {
		found = append(found, c)
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return callsIn(inner, found)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			found = callsIn(inner, found)
		}
	}
	return found
}

// withoutURL is the text of c without path, query and user.
func withoutURL(c *url.Error) string {
	if c.Op == "parse" { // what is wrong with a URL quotes it
		return "parse: the URL is malformed"
	}
	text := c.Op + " " + hostPort(c.URL)
	if c.Err == nil {
		return text
	}
	// Of a redirect to a malformed address net/http quotes the address.
	why, _, quoted := strings.Cut(loggable(c.Err).Error(), `Location header "`)
	if quoted {
		why += "Location header"
	}
	return text + ": " + why
}

// hostPort is where a URL leads to: "payments:8082".
func hostPort(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "an address without a host"
	}
	implied := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if port := cmp.Or(u.Port(), implied); port != "" {
		return net.JoinHostPort(u.Hostname(), port)
	}
	return u.Hostname()
}

// holdsAny reports whether text still holds the URL of a call, its path or its
// query.
func holdsAny(text string, calls []*url.Error) bool {
	for _, c := range calls {
		if c.URL != "" && strings.Contains(text, c.URL) {
			return true
		}
		u, err := url.Parse(c.URL)
		if err != nil {
			continue
		}
		for _, part := range []string{u.RawQuery, u.Path, u.EscapedPath()} {
			if len(part) > 1 && strings.Contains(text, part) {
				return true
			}
		}
	}
	return false
}
