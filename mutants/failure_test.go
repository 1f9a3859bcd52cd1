package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// linesOf returns what a mutant writes about one reservation without some of
// its upstreams, by event.
func linesOf(t *testing.T, mutant string, away ...string) map[string]map[string]any {
	t.Helper()
	s := newShelf(t, mutant, away...)
	s.ask("POST", "/reservations", wish)
	lines := map[string]map[string]any{}
	for text := range strings.Lines(s.out.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		lines[line["event"].(string)] = line
	}
	return lines
}

func TestHealthyTellsWhatFailed(t *testing.T) {
	lines := linesOf(t, healthy, "prices")
	failed := lines["dependency.failed"]
	if failed["dependency"] != "prices" || failed["host"] != "127.0.0.1" || failed["port"] == nil || failed["attempt"] != 1.0 || failed["attempts"] != 3.0 || failed["timeout_ms"] != 800.0 {
		t.Errorf("of the failure it says %v", failed)
	}
	if end := lines["request.completed"]; end["method"] != "POST" || end["status"] != 201.0 || end["duration_ms"] == nil || end["remote"] != "192.0.2.1" {
		t.Errorf("of the end it says %v", end)
	}
}

func TestMutantsOfTheLog(t *testing.T) {
	if failed := linesOf(t, "bare-errors", "prices")["dependency.failed"]; failed["dependency"] != "prices" || failed["port"] != nil || failed["attempt"] != nil {
		t.Errorf("bare-errors says %v", failed)
	}
	if lines := linesOf(t, "silent-fallback", "prices"); len(lines) != 1 || lines["request.completed"]["status"] != 201.0 {
		t.Errorf("silent-fallback says %v", lines)
	}
	if end := linesOf(t, "no-remote")["request.completed"]; end["remote"] != nil || end["route"] == nil {
		t.Errorf("no-remote says %v", end)
	}
	for event := range linesOf(t, "glued-events") {
		if !strings.HasPrefix(event, "request completed in ") {
			t.Errorf("glued-events says %s", event)
		}
	}
}

func TestAddressOfAnUpstream(t *testing.T) {
	for base, want := range map[string]string{"http://prices:81": "prices:81", "http://prices": "prices:80", "http://[::1]:81": "::1:81"} {
		host, port := (&upstream{base: base}).address()
		if host+":"+port != want {
			t.Errorf("%s is at %s:%s", base, host, port)
		}
	}
}
