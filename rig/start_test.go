package rig

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

func TestAnInstanceIsStartedServingAndReady(t *testing.T) {
	trial, rec := try(t, open(t, declared("serve")))
	begin(t, trial)
	trial.Close()
	want := []evidence.InstanceState{evidence.Started, evidence.Serving, evidence.Ready}
	if got := states(rec); !slices.Equal(got, want) {
		t.Errorf("states %v, want %v", got, want)
	}
	if accepts(t.Context(), trial.address()) {
		t.Error("the port is open after Close")
	}
}

// TestStartsThatFail has one row for each way in which a program does not
// become a service.
func TestStartsThatFail(t *testing.T) {
	rows := []struct {
		mode  string
		start time.Duration
		want  string
		line  string
	}{
		{"exit", 20 * time.Second, "the service ended with exit code 3 before it accepted connections", "fatal: no licence"},
		{"silent", 300 * time.Millisecond, "did not accept connections on 127.0.0.1:", "mode silent"},
		{"elsewhere", 2 * time.Second, "the service listens on 127.0.0.1:", "listening on 127.0.0.1:"},
		{"unready", 2 * time.Second, "GET /readyz answered 503", "mode unready"},
	}
	for _, row := range rows {
		t.Run(row.mode, func(t *testing.T) {
			s := declared(row.mode)
			s.Run.Start = service.Duration(row.start)
			trial, _ := try(t, open(t, s))
			defer trial.Close()
			if err := trial.Start(t.Context(), StartOptions{}); err != nil {
				t.Fatal(err)
			}
			var failure *StartError
			if err := trial.AwaitReady(t.Context()); !errors.As(err, &failure) {
				t.Fatalf("AwaitReady: %v", err)
			}
			if !strings.Contains(failure.Error(), row.want) {
				t.Errorf("reason %q lacks %q", failure.Reason, row.want)
			}
			if !strings.Contains(strings.Join(failure.Lines, "\n"), row.line) {
				t.Errorf("lines %q lack %q", failure.Lines, row.line)
			}
		})
	}
}

func TestTheOtherPortIsNamed(t *testing.T) {
	s := declared("elsewhere")
	s.Run.Start = service.Duration(2 * time.Second)
	trial, _ := try(t, open(t, s))
	defer trial.Close()
	if err := trial.Start(t.Context(), StartOptions{}); err != nil {
		t.Fatal(err)
	}
	err := trial.AwaitServing(t.Context())
	addr := strings.TrimPrefix(trial.LastLines(1)[0], "listening on ")
	if err == nil || !strings.Contains(err.Error(), "listens on "+addr+", not on "+trial.address()) {
		t.Errorf("error %v does not name %s", err, addr)
	}
}

func TestACommandThatIsNotThere(t *testing.T) {
	for command, want := range map[string]string{
		"bin/none":          "run.command: ",
		"no-such-program-x": "run.command: no-such-program-x is not on PATH",
	} {
		s := declared("serve")
		s.Run.Command = []string{command}
		_, err := New(t.Context(), Options{Dir: t.TempDir(), Service: s})
		if err == nil { // found out only at the start
			trial, _ := try(t, open(t, s))
			defer trial.Close()
			err = trial.Start(t.Context(), StartOptions{})
		}
		var failure *StartError
		if !errors.As(err, &failure) || !strings.Contains(failure.Reason, want) {
			t.Errorf("%s: %v", command, err)
		}
	}
}

func TestATakenPortIsReplaced(t *testing.T) {
	trial, rec := try(t, open(t, declared("serve")))
	taken := trial.address()
	l, err := net.Listen("tcp", taken)
	if err != nil {
		t.Fatal(err)
	}
	// Connections to the thief are refused, as a client's port would.
	defer l.Close()
	if err := trial.Start(t.Context(), StartOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the instance got another port", func() bool { return trial.address() != taken })
	if err := trial.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	trial.Close()
	notes := 0
	for _, e := range rec.Recording().Events {
		if e.Note != nil && strings.Contains(e.Note.Text, "the port was taken") {
			notes++
		}
	}
	if notes != 1 {
		t.Errorf("%d notes tell of the port", notes)
	}
}

func TestTheEnvironmentHoldsOnlyWhatIsDeclared(t *testing.T) {
	t.Setenv("SECRET_OF_THE_USER", "x")
	s := declared("serve")
	s.Run.Env = append(s.Run.Env,
		service.Pair{Name: "KEEP", Value: "${dir}"}, service.Pair{Name: "DROP", Value: "1"},
		service.Pair{Name: "CHANGE", Value: "before"})
	trial, _ := try(t, open(t, s))
	defer trial.Close()
	o := StartOptions{Set: map[string]string{"CHANGE": "${after}"}, Unset: []string{"DROP"}}
	if err := trial.Start(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if err := trial.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	env := strings.Split(get(t, trial.URL()+"/env"), "\n")
	for _, want := range []string{
		"KEEP=" + trial.dir, "CHANGE=${after}", "TMPDIR=" + trial.tmp,
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + trial.OTLP().URL(), "OTEL_SERVICE_NAME=subject",
		"OTEL_BSP_SCHEDULE_DELAY=500",
	} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is missing in %q", want, env)
		}
	}
	if len(env) != len(trial.Env())+1 { // and the marker
		t.Errorf("it has %q, Env says %q", env, trial.Env())
	}
}
