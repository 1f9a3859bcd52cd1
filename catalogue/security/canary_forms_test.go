package security

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"github.com/golive-dev/golive/evidence"
)

func found(c *evidence.Canary, text string) bool {
	_, ok := search(c, []place{{name: "stdout", text: text, lower: strings.ToLower(text)}})
	return ok
}

func TestCanariesAreFoundInEveryForm(t *testing.T) {
	mail := &evidence.Canary{What: "mail", Value: "gl7nv2cccgve2e@example.com", Token: "gl7nv2cccgve2e"}
	for name, text := range map[string]string{
		"plain":       "user gl7nv2cccgve2e@example.com",
		"upper case":  "USER GL7NV2CCCGVE2E@EXAMPLE.COM",
		"URL-encoded": "q=" + url.QueryEscape(mail.Value),
		"hex":         hex.EncodeToString([]byte(mail.Value)),
		"upper hex":   strings.ToUpper(hex.EncodeToString([]byte(mail.Value))),
		"JSON":        `{"email":"gl7nv2cccgve2e\u0040example.com"}`,
	} {
		if !found(mail, text) {
			t.Errorf("%s: not found in %s", name, text)
		}
	}
	card := &evidence.Canary{What: "card", Value: "4000006169556767", Token: "4000006169556767"}
	for _, text := range []string{"4000006169556767", "4000 0061 6955 6767", "4000-0061-6955-6767"} {
		if !found(card, text) {
			t.Errorf("the card is not found in %s", text)
		}
	}
}

// What stands before and after a canary shifts its base64 by up to two bytes.
func TestCanariesAreFoundInBase64AtEveryOffset(t *testing.T) {
	for _, token := range []string{"glabcdefghijkl", "gl>>??~~zzz", "1555169365522", "4000006169556767"} {
		c := &evidence.Canary{Value: token, Token: token}
		for before := range 7 {
			for after := range 7 {
				text := []byte(strings.Repeat("u", before) + token + strings.Repeat(":", after))
				for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
					if line := "auth=" + encoding.EncodeToString(text); !found(c, line) {
						t.Errorf("%s with %d before and %d after is not found in %s", token, before, after, line)
					}
				}
			}
		}
	}
}

func TestOtherDataIsNoCanary(t *testing.T) {
	for _, c := range []*evidence.Canary{
		{What: "mail", Value: "gl7nv2cccgve2e@example.com", Token: "gl7nv2cccgve2e"},
		{What: "card", Value: "4000006169556767", Token: "4000006169556767"},
		{What: "phone", Value: "+1555169365522", Token: "1555169365522"},
	} {
		for _, text := range []string{
			"", "request completed", "card 400000******6767", "g***e@example.com", "sha256:9f86d081884c7d659a2feaa0c55ad015",
			"trace_id=4bf92f3577b34da6a3ce929d0e0e4736", base64.StdEncoding.EncodeToString([]byte("gl7nv2-other-mail@example.com")),
		} {
			if found(c, text) {
				t.Errorf("%s is found in %q", c.Token, text)
			}
		}
	}
}
