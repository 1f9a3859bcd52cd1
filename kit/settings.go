package kit

import (
	"errors"
	"log/slog"
	"time"
)

// Settings are the variables of the environment that kit itself reads.
type Settings struct {
	Port        int           `env:"PORT" default:"8080" min:"0" max:"65535" usage:"port of the service; 0 takes a free one"`
	OpsPort     int           `env:"OPS_PORT" default:"9090" min:"0" max:"65535" usage:"port for the platform: /livez, /readyz, /metrics"`
	LogLevel    slog.Level    `env:"LOG_LEVEL" default:"info" usage:"debug, info, warn or error"`
	ProbePeriod time.Duration `env:"PROBE_PERIOD" default:"2s" min:"1ms" usage:"periodSeconds of the readiness probe"`
	DrainDelay  time.Duration `env:"DRAIN_DELAY" optional:"true" min:"0s" usage:"from SIGTERM to the end of accepting; default 3.5 × PROBE_PERIOD"`
	GracePeriod time.Duration `env:"GRACE_PERIOD" default:"30s" min:"1ms" usage:"terminationGracePeriodSeconds: from SIGTERM to SIGKILL"`
	Switches    string        `env:"SWITCHES_FILE" optional:"true" usage:"kill switches, a JSON object of name to true or false, read again when it changes"`
	TLSCert     string        `env:"TLS_CERT_FILE" optional:"true" usage:"certificate chain in PEM; with TLS_KEY_FILE the service's port speaks TLS"`
	TLSKey      string        `env:"TLS_KEY_FILE" optional:"true" usage:"private key in PEM"`
	TLSCA       string        `env:"TLS_CA_FILE" optional:"true" usage:"authorities in PEM; callers must then show a certificate of theirs"`
}

// Validate finds what no variable by itself can be wrong about.
func (s *Settings) Validate() error {
	if s.DrainDelay == 0 {
		s.DrainDelay = 3*s.ProbePeriod + s.ProbePeriod/2
	}
	switch {
	case s.DrainDelay >= s.GracePeriod:
		return errors.New("DRAIN_DELAY (or 3.5 × PROBE_PERIOD) must be shorter than GRACE_PERIOD, or nothing in flight can end in time")
	case (s.TLSCert == "") != (s.TLSKey == ""):
		return errors.New("TLS_CERT_FILE and TLS_KEY_FILE are needed together")
	case s.TLSCA != "" && s.TLSCert == "":
		return errors.New("TLS_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE")
	}
	return nil
}

// reserve is what is kept of the grace period for the steps after the last
// request: a tenth, at most 2 s.
func (s *Settings) reserve() time.Duration { return min(s.GracePeriod/10, 2*time.Second) }
