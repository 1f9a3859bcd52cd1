package check

import (
	"strings"
	"testing"
)

// forget removes checks that a test registered.
func forget(t *testing.T, ids ...string) {
	t.Cleanup(func() {
		for _, id := range ids {
			delete(registered, id)
		}
	})
}

func TestRegisteredIsOrderedByID(t *testing.T) {
	forget(t, "b/x", "a/y", "a/x")
	for _, id := range []string{"b/x", "a/y", "a/x"} {
		if c := Register(Check{ID: id}); c.ID != id {
			t.Errorf("Register returned %s", c.ID)
		}
	}
	var ids []string
	for _, c := range Registered() {
		ids = append(ids, c.ID)
	}
	if got := strings.Join(ids, " "); got != "a/x a/y b/x" {
		t.Errorf("registered are %s", got)
	}
}

func TestASecondCheckOfOneIDPanics(t *testing.T) {
	forget(t, "a/x")
	Register(Check{ID: "a/x"})
	defer func() {
		if x := recover(); x == nil || !strings.Contains(x.(string), "a/x is registered twice") {
			t.Errorf("recovered %v", x)
		}
	}()
	Register(Check{ID: "a/x"})
}
