package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/audit"
)

// contents returns what stands in the files of dir.
func contents(t *testing.T, dir, pattern string) (all string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
	}
	return all
}

// An account with a canary in every field is used and removed: the canary is
// then neither in a dump of the database, nor in any log, nor in the answers
// that are kept for repetitions.
func TestAPurgeRemovesTheAccountEverywhere(t *testing.T) {
	databases(t, func(t *testing.T, dir string, env map[string]string, dump func() string) {
		r := run(t, env)
		await(t, r.ops+"/readyz", 200)
		r.logs.Never("canary")
		draft := `{"customer":"canary-1","email":"canary-2@example.com","name":"canary-3","item":"canary-4","quantity":2}`
		for _, key := range []string{"canary-5", "canary-6", ""} {
			if got, text := send(t, "POST", r.url+"/orders", draft, key); got != 201 {
				t.Fatalf("answered %d %s", got, text)
			}
		}
		for _, canary := range []string{"canary-1", "canary-2", "canary-3", "canary-4"} {
			if !strings.Contains(dump(), canary) {
				t.Errorf("%s is not in the dump before, so its absence would show nothing", canary)
			}
		}
		got, text := send(t, "DELETE", r.url+"/customers/canary-1", "", "")
		if got != 200 || !strings.Contains(text, `"complete":true`) || !strings.Contains(text, `"store":"contacts","removed":1`) || !strings.Contains(text, `"store":"orders","removed":3`) {
			t.Errorf("the receipt is %d %s", got, text)
		}
		if strings.Contains(dump(), "canary") {
			t.Error("the canary is in the dump")
		}
		if got, text := send(t, "GET", r.url+"/customers/canary-1/latest-order", "", ""); got != 200 || text != "{\"order\":null}\n" {
			t.Errorf("afterwards: %d %s", got, text)
		}
		r.stop()
		judgeAudit(t, filepath.Join(dir, "audit.log"))
	})
}

func judgeAudit(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := audit.Verify(strings.NewReader(string(text))); err != nil {
		t.Error(err)
	}
	if strings.Contains(string(text), "canary") || strings.Count(string(text), "\n") != 1 {
		t.Errorf("the audit log is %s", text)
	}
	for _, field := range []string{`"subject":"gateway"`, `"object":`, `"trace_id":`} {
		if !strings.Contains(string(text), field) {
			t.Errorf("the entry lacks %s: %s", field, text)
		}
	}
}
