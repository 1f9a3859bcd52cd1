package drill

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/service"
)

func TestLuhn(t *testing.T) {
	// 4242 4242 4242 4242 is the payment industry's best known test number.
	if got := withLuhn("424242424242424"); got != "4242424242424242" {
		t.Errorf("got %s", got)
	}
}

func TestCanariesAreTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, what := range []string{"mail", "name", "card", "phone", "token", "mail"} {
		c := newCanary(what)
		if seen[c.Token] || !strings.Contains(c.Value, c.Token) || len(c.Token) < 12 {
			t.Errorf("%s: token %q of %q", what, c.Token, c.Value)
		}
		seen[c.Token] = true
	}
}

// Each channel has to bring its canaries into the request, or the drill would
// pass services that it never tried.
func TestChannelsCarryTheirCanaries(t *testing.T) {
	m, err := load.NewMaker("http://127.0.0.1:1", service.Traffic{
		Request: "POST /orders/7", JSON: map[string]any{"item": "tea", "quantity": 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range channels {
		q := m.Next()
		canaries := ch.put(q)
		if len(canaries) == 0 {
			t.Errorf("channel %s put nothing into a request with a body", ch.name)
		}
		wire := q.URL.String() + " " + string(q.Body)
		for name, values := range q.Header {
			wire += "\n" + name + ": " + strings.Join(values, ",")
			if basic, ok := strings.CutPrefix(values[0], "Basic "); ok {
				text, _ := base64.StdEncoding.DecodeString(basic)
				wire += string(text)
			}
		}
		for _, c := range canaries {
			if !strings.Contains(wire, c.Token) {
				t.Errorf("channel %s: %s is not in the request:\n%s", ch.name, c.Token, wire)
			}
		}
	}
}

func TestChannelsWithoutRoomStayEmpty(t *testing.T) {
	m, err := load.NewMaker("http://127.0.0.1:1", service.Traffic{Request: "GET /orders"})
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range channels {
		withBody := ch.name == "json" || ch.name == "form" || ch.name == "malformed-body"
		if got := ch.put(m.Next()); withBody == (len(got) > 0) {
			t.Errorf("channel %s put %d canaries into a GET", ch.name, len(got))
		}
	}
}
