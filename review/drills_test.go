package review

import (
	"slices"
	"strings"
	"testing"

	"github.com/golive-dev/golive/catalogue"
	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/drill"
	"github.com/golive-dev/golive/evidence"
)

func reading(kinds ...evidence.Kind) check.Requirement {
	return check.Requirement{Check: &check.Check{Reads: kinds}}
}

func TestDrills(t *testing.T) {
	hang, down, traffic := evidence.Recorded("hang"), evidence.Recorded("down"), evidence.Recorded("traffic")
	all := []check.Requirement{reading(hang, down), reading("kube/object", traffic), reading(down), {ID: "not judged yet"}}
	for name, test := range map[string]struct {
		reqs []check.Requirement
		rung check.Rung
		want string
	}{
		"each once, by name":           {all, check.None, "down hang traffic"},
		"up to proven":                 {all, check.Proven, "down hang traffic"},
		"up to observed, only looking": {all, check.Observed, "traffic"},
		"only files are read":          {[]check.Requirement{reading("kube/object")}, check.None, ""},
		"nothing that looks":           {[]check.Requirement{reading(hang)}, check.Observed, ""},
		"nothing to judge":             {nil, check.None, ""},
		"nothing is judged yet":        {[]check.Requirement{{ID: "a/x"}}, check.None, ""},
	} {
		drills, err := Drills(test.reqs, test.rung)
		var names []string
		for _, d := range drills {
			names = append(names, d.Name)
		}
		if got := strings.Join(names, " "); err != nil || got != test.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}
}

func TestADrillThatIsNotThere(t *testing.T) {
	if drills, err := Drills([]check.Requirement{reading(evidence.Recorded("earthquake"))}, check.None); err == nil || !strings.Contains(err.Error(), `there is no drill "earthquake"`) {
		t.Errorf("%v, %v", drills, err)
	}
}

// Every drill that the catalogue reads exists, and none runs for nobody.
func TestTheCatalogueReadsEveryDrill(t *testing.T) {
	needed, err := Drills(catalogue.Requirements(), check.None)
	if err != nil {
		t.Fatal(err)
	}
	if all := drill.All(); !slices.Equal(needed, all) {
		t.Errorf("%d drills are read of %d", len(needed), len(all))
	}
}
