package drill

import (
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig"
	"github.com/golive-dev/golive/service"
)

// A JVM that starts beside three others takes several times as long to find
// its configuration wrong as one that has the machine for itself took to get
// ready.
func TestALateEndIsAnEnd(t *testing.T) {
	t.Parallel()
	svc := &service.Service{Name: "late", Run: service.Run{Command: []string{"sh", "-c", "sleep 6; echo STOCK_URL is not set; exit 1"}}}
	r, err := rig.New(t.Context(), rig.Options{Dir: t.TempDir(), Service: svc})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := &Session{Rig: r, rec: evidence.NewRecorder("config"), pre: preflightResult{took: time.Second}}
	onRig, err := r.NewTrial(t.Context(), s.rec.Trial("STOCK_URL/missing"))
	if err != nil {
		t.Fatal(err)
	}
	defer onRig.Close()
	trial := &Trial{Trial: onRig, rec: s.rec.Trial("STOCK_URL/missing"), session: s}
	if err := trial.Start(t.Context(), rig.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	if !trial.endsByItself(t.Context(), configLimit) {
		t.Error("the service counts as one that went on running")
	}
}
