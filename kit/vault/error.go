package vault

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/openbao/openbao/api/v2"
)

// Error is an answer that refuses. It holds no content of a secret.
type Error struct {
	// Host is the server's name and port.
	Host string
	// Verb is what was tried: read, log in at, renew.
	Verb string
	// Path is that of the HTTP API, without /v1/.
	Path string
	// Status is the one of HTTP.
	Status int
	// Messages are the server's own, if the answer was one of Vault.
	Messages []string
}

// Error returns all of it in one line, with a way out where there is one.
func (e *Error) Error() string {
	text := fmt.Sprintf("vault at %s: %s %s: status %d", e.Host, e.Verb, e.Path, e.Status)
	if len(e.Messages) > 0 {
		text += " (" + strings.Join(strings.Fields(strings.Join(e.Messages, ", ")), " ") + ")"
	}
	if hint := e.hint(); hint != "" {
		text += "; " + hint
	}
	return text
}

func (e *Error) hint() string {
	switch {
	case e.Status == http.StatusServiceUnavailable:
		return "the server is sealed or under maintenance; unseal it"
	case e.Status >= 500:
		return "look at the server's log"
	case e.Status == http.StatusTooManyRequests:
		return "a quota of the server is used up; poll less often"
	case strings.HasSuffix(e.Path, "/login"):
		return "check the role, the mount and the file with the credential"
	case e.Status == http.StatusForbidden:
		return "let a policy of our role allow it"
	case e.Status == http.StatusNotFound:
		return "there is nothing; check the path"
	}
	return ""
}

// messageLimit bounds what is quoted of a server's message, in bytes.
const messageLimit = 300

// explain turns the library's errors, which have many lines and quote whole
// pages, into one of ours.
func (c *Client) explain(verb, path string, err error) error {
	var refused *api.ResponseError
	if errors.As(err, &refused) {
		e := &Error{Host: c.host, Verb: verb, Path: path, Status: refused.StatusCode}
		if !refused.RawError {
			for _, m := range refused.Errors {
				e.Messages = append(e.Messages, m[:min(len(m), messageLimit)])
			}
		}
		return e
	}
	var sent *url.Error
	if errors.As(err, &sent) {
		err = sent.Err // which does not repeat the address
	}
	return fmt.Errorf("vault at %s: %s %s: %w", c.host, verb, path, err)
}

// status returns that of an answer that refuses, or 0.
func status(err error) int {
	var refused *api.ResponseError
	if errors.As(err, &refused) {
		return refused.StatusCode
	}
	return 0
}
