package deployment

import (
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

func TestHoldsWord(t *testing.T) {
	for _, test := range []struct {
		line, word string
		want       bool
	}{
		{"PORT is missing", "PORT", true},
		{`{"error":"PORT: no number"}`, "PORT", true},
		{"$PORT", "PORT", true},
		{"STORE_PORT is missing", "PORT", false},
		{"PORTAL is missing", "PORT", false},
		{"report written", "PORT", false},
		{"database_url\n  Field required", "DATABASE_URL", true},
		{`{"event":"1 error\ndatabase_url\n  Field required"}`, "DATABASE_URL", true},
		{"database.url", "DATABASE_URL", true},
		{"databaseUrl", "DATABASE_URL", true},
		{"no database, no url", "DATABASE_URL", false},
		{"dial payments-api: refused", "payments.api", true},
		{"a+b", "a+b", true},
		{"aab", "a+b", false},
		{"anything", "", false},
		{"anything", "_", false},
	} {
		if got := holdsWord(test.line, test.word); got != test.want {
			t.Errorf("%q holds %q: %t", test.line, test.word, got)
		}
	}
}

func TestTells(t *testing.T) {
	dep := service.Dependency{Name: "db", Kind: service.Postgres}
	svc := &service.Service{Run: service.Run{Env: []service.Pair{{Name: "PORT", Value: "${port}"}, {Name: "DSN", Value: "postgres://${db.host}:${db.port}/x"}}}}
	for line, want := range map[string]bool{
		"db is away":                                 true,
		"DSN: cannot connect":                        true,
		"postgres did not answer":                    true,
		"dial tcp 127.0.0.1:4711: refused":           true,
		"ECONNREFUSED 127.0.0.1:4711":                true,
		"listening on 127.0.0.1:8080":                false,
		"mongodb driver loaded from stdbuf":          false,
		"PORT is 8080":                               false,
		"fatal error, giving up":                     false,
		`{"level":"error","error":"unknown:\n\tDB"}`: true,
	} {
		lines := []evidence.Event{{Line: &evidence.Line{Stream: "stderr", Text: line}}}
		last := []evidence.Event{{Instance: &evidence.Instance{State: evidence.Exited, Lines: []string{line}}}}
		if tells(svc, dep, lines) != want || tells(svc, dep, last) != want {
			t.Errorf("%q tells of db: not %t", line, want)
		}
	}
}
