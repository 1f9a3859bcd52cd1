package main

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
)

// configuration is what the service is told by its environment.
type configuration struct{ port, inventory, prices string }

func (b behaviour) configure(lookup func(string) (string, bool)) (configuration, error) {
	var wrong []error
	read := func(name string, valid func(string) bool) string {
		value, _ := lookup(name)
		if value == "" {
			value = b.missing(name)
		}
		switch {
		case value == "":
			wrong = append(wrong, fmt.Errorf("%s is missing", name))
		case !valid(value):
			wrong = append(wrong, fmt.Errorf("%s is malformed", name))
		}
		return value
	}
	c := configuration{read("PORT", isPort), read("INVENTORY_URL", isURL), read("PRICES_URL", isURL)}
	return c, errors.Join(wrong...)
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "http" && u.Hostname() != ""
}
