package idempotency_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/idempotency"
)

func TestMissingKey(t *testing.T) {
	s := new(shop)
	request{}.send(guarded(s, idempotency.Options{}))
	request{}.send(guarded(s, idempotency.Options{}))
	if s.orders != 2 {
		t.Error("requests without a key do not pass")
	}
	required := guarded(s, idempotency.Options{Required: true})
	wantProblem(t, request{}.send(required), 400, "Idempotency-Key is missing")
	for _, method := range []string{"GET", "PUT", "DELETE", "HEAD"} {
		request{method: method}.send(required)
	}
	if s.orders != 6 {
		t.Errorf("%d passed, want 6: methods that are idempotent need no key", s.orders)
	}
}

func TestKeys(t *testing.T) {
	for key, ok := range map[string]bool{
		"8e03978e-40d5-43e8-bc93-6894a57f9324":   true,
		`"8e03978e-40d5-43e8-bc93-6894a57f9324"`: true,
		`"a \"b\" \\"`:                           true,
		"two words":                              true,
		strings.Repeat("k", 255):                 true,
		`"` + strings.Repeat("k", 255) + `"`:     true,
		strings.Repeat("k", 256):                 false,
		`""`:                                     false,
		`"`:                                      false,
		`"open`:                                  false,
		`"a"b`:                                   false,
		`"a"; p=1`:                               false,
		`"a\b"`:                                  false,
		`"a\`:                                    false,
		" ":                                      false,
		"ключ":                                   false,
		"a\tb":                                   false,
	} {
		s := new(shop)
		w := request{key: key}.send(guarded(s, idempotency.Options{}))
		if ok != (w.Code == 201) {
			t.Errorf("%q: %d", key, w.Code)
		}
		if !ok {
			wantProblem(t, w, 400, "Idempotency-Key is malformed")
		}
	}
	twice := request{key: "a", header: http.Header{"Idempotency-Key": {"b"}}}
	wantProblem(t, twice.send(guarded(new(shop), idempotency.Options{})), 400, "Idempotency-Key is malformed")

	s := new(shop)
	h := guarded(s, idempotency.Options{})
	request{key: "abc"}.send(h)
	if request(request{key: `"abc"`}).send(h); s.orders != 1 {
		t.Error("the same key with and without quotes is two")
	}
}
