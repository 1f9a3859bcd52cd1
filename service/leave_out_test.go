package service

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithoutADependencyNothingNamesIt(t *testing.T) {
	const text = `service: orders
run:
  command: [bin/orders]
  env: {PORT: "${port}", DATABASE_URL: "postgres://${db.user}@${db.host}/x", PAYMENTS_URL: "${payments.url}"}
  files: {db-password: "${db.password}", token: abc}
dependencies:
  db: {kind: postgres, missing: leave-out}
  payments: {kind: http, run: {command: [pay], env: {LEDGER: "${db.url}", MODE: fast}}}
traffic:
  - {name: order, request: POST /orders, uses: [db, payments]}
`
	s, err := Parse(FileName, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	left := s.Without("db")
	want := Run{
		Command: []string{"bin/orders"},
		Env:     []Pair{{"PORT", "${port}"}, {"PAYMENTS_URL", "${payments.url}"}},
		Files:   []Pair{{"token", "abc"}},
	}
	if diff := cmp.Diff(want, left.Run); diff != "" {
		t.Error(diff)
	}
	if len(left.Dependencies) != 1 || len(left.Dependencies[0].Run.Env) != 1 || left.Dependencies[0].Run.Env[0].Name != "MODE" {
		t.Errorf("dependencies %+v", left.Dependencies)
	}
	if diff := cmp.Diff([]string{"payments"}, left.Traffic[0].Uses); diff != "" {
		t.Error(diff)
	}
	if again, _ := Parse(FileName, []byte(text)); !cmp.Equal(s, again) {
		t.Error("the declaration itself was changed")
	}
}
