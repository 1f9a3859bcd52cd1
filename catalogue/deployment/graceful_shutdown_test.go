package deployment

import (
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
)

func TestTheReasonOfAnExitBySignal(t *testing.T) {
	exit := func(code int) *evidence.Instance { return &evidence.Instance{State: evidence.Exited, Exit: &code} }
	for name, tc := range map[string]struct {
		exit  *evidence.Instance
		after time.Duration
		want  string
	}{
		"no handler":          {exit(143), 20 * time.Millisecond, "without handling it"},
		"hooks of a JVM":      {exit(143), 3 * time.Second, "JVM"},
		"an error of its own": {exit(1), 3 * time.Second, ""},
		"not known":           {&evidence.Instance{State: evidence.Exited}, 0, ""},
	} {
		got := bySignal(tc.exit, tc.after)
		if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %q in it", name, got, tc.want)
		}
	}
}
