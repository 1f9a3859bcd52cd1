package service

import "testing"

func TestWhere(t *testing.T) {
	s, err := Parse(FileName, []byte("service: orders\nowner:\n  team: commerce\n  contacts:\n    - {name: Ann, email: ann@shop.test}\nslo:\n  - {name: orders, objective: 99.5}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"owner.team": "golive.yaml:3", "owner.oncall": "golive.yaml:2", "owner.contacts.Ann": "golive.yaml:5", "owner.contacts.Ann.phone": "golive.yaml:5",
		"slo.orders.objective": "golive.yaml:7", "severities": "golive.yaml",
	} {
		if got := s.Where(key); got != want {
			t.Errorf("%s is at %s, want %s", key, got, want)
		}
	}
}
