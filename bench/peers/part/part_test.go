package part

import "testing"

func TestEveryPartRunsAndComesAfterWhatItIsComparedWith(t *testing.T) {
	before := map[string]bool{"": true}
	for _, p := range All() {
		loop, err := p.Build()
		if err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
		loop(3)
		if !before[p.Over] {
			t.Errorf("%s is compared with %q, which does not come before it", p.Name, p.Over)
		}
		before[p.Name] = true
	}
	if failed != 0 || sunk == 0 {
		t.Errorf("%d calls failed, %d switch reads were on", failed, sunk)
	}
}
