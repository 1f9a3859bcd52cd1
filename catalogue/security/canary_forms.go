package security

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"github.com/golive-dev/golive/evidence"
)

// needle is one form of a canary. Base64 distinguishes upper and lower case,
// the others are sought in lower case.
type needle struct {
	encoding, text string
	exact          bool
}

// forms returns the encodings in which a canary may turn up. What follows and
// precedes it shifts base64 by up to two bytes, so each of the three
// alignments is sought, without the characters that the neighbours share.
func forms(c *evidence.Canary) []needle {
	list := []needle{
		{"plain", strings.ToLower(c.Token), false},
		{"hex", hex.EncodeToString([]byte(c.Token)), false},
		{"url", strings.ToLower(url.QueryEscape(c.Value)), false},
	}
	if c.What == "card" {
		for _, between := range []string{" ", "-"} {
			list = append(list, needle{"grouped", inFours(c.Token, between), false})
		}
	}
	for shift := range 3 {
		text := base64.StdEncoding.EncodeToString(append(make([]byte, shift), c.Token...))
		from := []int{0, 2, 3}[shift]
		text = strings.TrimRight(text, "=")
		if tail := (len(c.Token) + shift) % 3; tail != 0 {
			text = text[:len(text)-1]
		}
		list = append(list, needle{"base64", text[from:], true})
		list = append(list, needle{"base64", strings.NewReplacer("+", "-", "/", "_").Replace(text[from:]), true})
	}
	return list
}

// inFours writes a card's number as people do.
func inFours(digits, between string) string {
	var groups []string
	for group := range slices.Chunk([]byte(digits), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, between)
}

func encoded(encoding string) string {
	if encoding == "plain" {
		return ""
	}
	return " (" + encoding + ")"
}
