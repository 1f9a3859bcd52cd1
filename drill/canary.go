package drill

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/rig/proxy"
)

var _ = register(Drill{
	Name:   "canary-data",
	Breaks: "sends made-up personal data through every channel of a request, with the service whole and with each dependency down",
	Undoes: "the dependency is repaired; the data is nobody's",
	Lacks:  lacksTraffic,
	Run: func(ctx context.Context, s *Session) error {
		trials := []string{"success"}
		for _, name := range dependencyNames(s.Service()) {
			trials = append(trials, "failure/"+name)
		}
		return s.Each(ctx, trials, canaryData)
	},
})

func canaryData(ctx context.Context, t *Trial) error {
	makers, err := t.Begin(ctx)
	if err != nil {
		return err
	}
	if dep, ok := strings.CutPrefix(t.rec.Name(), "failure/"); ok {
		t.rec.SetPhase(evidence.PhaseFault)
		t.Break(dep, proxy.Refuse{}, "")
		defer t.Repair(dep, proxy.Refuse{})
	}
	var group sync.WaitGroup
	for _, m := range makers {
		group.Go(func() { t.sendCanaries(ctx, m) })
	}
	group.Wait()
	t.settle(ctx)
	t.Scrape(ctx, "after")
	return nil
}

// sendCanaries sends personal data through every channel that the requests of
// one traffic have.
func (t *Trial) sendCanaries(ctx context.Context, m *load.Maker) {
	for _, ch := range channels {
		q := m.Next()
		canaries := ch.put(q)
		for _, c := range canaries {
			c.Channel, c.Request = ch.name, q.ID
			t.rec.Add(time.Now(), evidence.Event{Canary: &c})
		}
		if len(canaries) > 0 {
			t.Send(ctx, q, answerLimit)
		}
	}
}

// channel is one way for personal data to enter a service. put places
// canaries of its own into a request and returns them, none where the
// request has no room for it.
type channel struct {
	name string
	put  func(q *load.Request) []evidence.Canary
}

var channels = []channel{
	{"path", func(q *load.Request) []evidence.Canary {
		c := newCanary("mail")
		segments := strings.Split(strings.TrimSuffix(q.URL.Path, "/"), "/")
		if last := len(segments) - 1; idSegment.MatchString(segments[last]) {
			segments[last] = c.Value
		} else {
			segments = append(segments, c.Value)
		}
		q.URL = &url.URL{Scheme: q.URL.Scheme, Host: q.URL.Host, Path: strings.Join(segments, "/"), RawQuery: q.URL.RawQuery}
		return []evidence.Canary{c}
	}},
	{"query", func(q *load.Request) []evidence.Canary {
		mail, token := newCanary("mail"), newCanary("token")
		values := q.URL.Query()
		values.Set("email", mail.Value)
		values.Set("token", token.Value)
		u := *q.URL
		u.RawQuery = values.Encode()
		q.URL = &u
		return []evidence.Canary{mail, token}
	}},
	{"header", func(q *load.Request) []evidence.Canary {
		token, mail := newCanary("token"), newCanary("mail")
		q.Header.Set("Authorization", "Bearer "+token.Value)
		q.Header.Set("X-Customer-Email", mail.Value)
		return []evidence.Canary{token, mail}
	}},
	{"cookie", func(q *load.Request) []evidence.Canary {
		c := newCanary("token")
		q.Header.Set("Cookie", "session="+c.Value)
		return []evidence.Canary{c}
	}},
	{"basic-auth", func(q *load.Request) []evidence.Canary {
		user, password := newCanary("mail"), newCanary("token")
		r := http.Request{Header: q.Header}
		r.SetBasicAuth(user.Value, password.Value)
		return []evidence.Canary{user, password}
	}},
	{"user-agent", func(q *load.Request) []evidence.Canary {
		c := newCanary("mail")
		q.Header.Set("User-Agent", "golive ("+c.Value+")")
		return []evidence.Canary{c}
	}},
	{"json", putFields},
	{"json", putValues},
	{"form", func(q *load.Request) []evidence.Canary {
		if len(q.Body) == 0 {
			return nil
		}
		mail, card := newCanary("mail"), newCanary("card")
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		q.Body = []byte(url.Values{"email": {mail.Value}, "card": {card.Value}}.Encode())
		return []evidence.Canary{mail, card}
	}},
	{"malformed-body", func(q *load.Request) []evidence.Canary {
		if len(q.Body) == 0 {
			return nil
		}
		c := newCanary("mail")
		q.Body = fmt.Appendf(nil, `{"email": "%s", "name`, c.Value)
		return []evidence.Canary{c}
	}},
}

// putFields adds fields of personal data beside the declared ones.
func putFields(q *load.Request) []evidence.Canary {
	fields := jsonObject(q)
	if fields == nil {
		return nil
	}
	var canaries []evidence.Canary
	for name, what := range map[string]string{"email": "mail", "name": "name", "phone": "phone", "card_number": "card", "access_token": "token"} {
		if _, taken := fields[name]; taken {
			continue
		}
		c := newCanary(what)
		fields[name] = c.Value
		canaries = append(canaries, c)
	}
	q.Body, _ = json.Marshal(fields)
	return canaries
}

// putValues puts personal data into every declared field that holds text.
func putValues(q *load.Request) []evidence.Canary {
	fields := jsonObject(q)
	var canaries []evidence.Canary
	for name, value := range fields {
		if _, text := value.(string); text {
			c := newCanary("mail")
			fields[name] = c.Value
			canaries = append(canaries, c)
		}
	}
	if canaries != nil {
		q.Body, _ = json.Marshal(fields)
	}
	return canaries
}

func jsonObject(q *load.Request) map[string]any {
	var fields map[string]any
	if json.Unmarshal(q.Body, &fields) != nil {
		return nil
	}
	return fields
}

// newCanary makes a piece of personal data of the given sort. Its token is
// random enough to turn up by chance nowhere, and unlike a trace id.
func newCanary(what string) evidence.Canary {
	token := "gl" + strings.ToLower(rand.Text()[:12])
	c := evidence.Canary{What: what, Token: token, Value: token}
	switch what {
	case "mail":
		c.Value = token + "@example.com"
	case "name":
		c.Value = "Ada " + token
	case "phone":
		c.Token = "1555" + digits(9)
		c.Value = "+" + c.Token
	case "card":
		c.Token = withLuhn("400000" + digits(9))
		c.Value = c.Token
	}
	return c
}

func digits(n int) string {
	var b strings.Builder
	for range n {
		d, _ := rand.Int(rand.Reader, big.NewInt(10)) // never fails; see its documentation
		b.WriteByte(byte('0' + d.Int64()))
	}
	return b.String()
}

// withLuhn appends the check digit that makes number pass the Luhn test of
// ISO/IEC 7812-1, which validators of card numbers apply.
func withLuhn(number string) string {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return number + fmt.Sprint((10-sum%10)%10)
}
