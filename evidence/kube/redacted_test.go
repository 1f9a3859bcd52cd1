package kube

import "testing"

func TestRedactedKeepsTemplates(t *testing.T) {
	for value, want := range map[string]string{
		"": "", "hunter2": "(left out)", "${DB_PASSWORD}": "${DB_PASSWORD}", "$(TOKEN)": "$(TOKEN)",
		"<path:secret/data/db#password>": "<path:secret/data/db#password>", "{{ .password }}": "{{ .password }}",
		"${A}hunter2": "(left out)", "<a>b<c>": "(left out)",
	} {
		if got := redacted(value); got != want {
			t.Errorf("redacted(%q) = %q, want %q", value, got, want)
		}
	}
}
