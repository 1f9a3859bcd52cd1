package redact_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/redact"
)

// crashVariable tells the test's own program, started again, how to crash.
const crashVariable = "REDACT_TEST_CRASH"

const crashCanary = "canary-0d11-hunter2"

// crashes end a process while it holds a secret.
var crashes = map[string]func(redact.Secret[string], *holder[redact.PII[string]]){
	"secret":  func(s redact.Secret[string], _ *holder[redact.PII[string]]) { panic(s) },
	"pointer": func(s redact.Secret[string], _ *holder[redact.PII[string]]) { panic(&s) },
	"struct":  func(_ redact.Secret[string], h *holder[redact.PII[string]]) { panic(*h) },
	"error":   func(s redact.Secret[string], _ *holder[redact.PII[string]]) { panic(failure[redact.Secret[string]]{s}) },
	"wrapped error": func(s redact.Secret[string], _ *holder[redact.PII[string]]) {
		panic(fmt.Errorf("order: %w", errors.Join(failure[redact.Secret[string]]{s})))
	},
	"text":           func(s redact.Secret[string], h *holder[redact.PII[string]]) { panic(fmt.Sprintf("%v %#v", s, h)) },
	"type assertion": func(s redact.Secret[string], _ *holder[redact.PII[string]]) { _ = any(s).(error) },
	"comparison":     func(s redact.Secret[string], _ *holder[redact.PII[string]]) { _ = any(s) == any(s) },
	"nil pointer":    func(_ redact.Secret[string], h *holder[redact.PII[string]]) { h.pointer = nil; _ = h.pointer.Reveal() },
	"panic in panic": func(s redact.Secret[string], h *holder[redact.PII[string]]) {
		defer func() { panic(h.Public) }()
		panic(s)
	},
	"logged and exit": func(s redact.Secret[string], h *holder[redact.PII[string]]) {
		slog.Error("crash", "secret", s, "holder", h)
		os.Exit(2)
	},
}

func TestMain(m *testing.M) {
	if how := os.Getenv(crashVariable); how != "" {
		h := newHolder(redact.NewPII(crashCanary))
		crashes[how](redact.NewSecret(crashCanary), &h)
		os.Exit(0) // which the test takes for a failure
	}
	os.Exit(m.Run())
}

// TestACrashLeaksNothing reads what a process leaves behind when it panics.
func TestACrashLeaksNothing(t *testing.T) {
	for how := range crashes {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), crashVariable+"="+how, "GOTRACEBACK=system")
			output, err := c.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 {
				t.Fatalf("ended with %v, want the exit code 2 of a crash: %s", err, output)
			}
			for _, trace := range traces(crashCanary) {
				if strings.Contains(string(output), trace) {
					t.Errorf("the crash shows %q:\n%s", trace, output)
				}
			}
		})
	}
}
