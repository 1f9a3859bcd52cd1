package config

import (
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

const passwordInURL = "holds a password, which is read from a file and never from the environment"

// urlParser takes absolute URLs with a host: the usual slips, localhost:8080 and
// //host, parse as something else.
func urlParser(tags reflect.StructTag) (parser, error) {
	kind := "an absolute URL with a host"
	var schemes []string
	if text, has := tags.Lookup("scheme"); has {
		schemes = strings.Split(text, ",")
		kind += " and the scheme " + strings.Join(schemes, " or ")
	}
	password, has := tags.Lookup("password")
	if has && password != "allowed" {
		return parser{}, wrongTag("password", `is not "allowed"`)
	}
	return parser{kind: kind, tags: []string{"scheme", "password"}, set: func(text string, into reflect.Value) string {
		u, err := url.Parse(text)
		if err != nil || !isWhole(u) || schemes != nil && !slices.Contains(schemes, u.Scheme) {
			return malformed(kind)
		}
		if _, set := u.User.Password(); set && password != "allowed" {
			return passwordInURL
		}
		into.Set(reflect.ValueOf(*u))
		return ""
	}}, nil
}

func isWhole(u *url.URL) bool {
	if u.Scheme == "" || u.Hostname() == "" {
		return false
	}
	_, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil || u.Port() == ""
}
