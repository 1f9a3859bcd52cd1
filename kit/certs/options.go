package certs

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options say where an [Identity] is read from and how it is used.
type Options struct {
	// Cert and Key are files in PEM: the certificate with what leads from it
	// to the authority, and its key. Both or neither; without them the
	// identity is a client's that shows no certificate.
	Cert, Key string
	// CA is a file in PEM with the authorities that vouch for the other side.
	// Empty: the server asks clients for no certificate, and the client
	// believes the authorities of the system.
	CA string
	// ServerOnly makes the server ask clients for no certificate although
	// there is a CA, which then is the client's alone.
	ServerOnly bool

	// MinVersion is the least version of TLS; 0: 1.2. Less is refused.
	MinVersion uint16
	// NextProtos are the protocols that the server offers; nil: h2 and
	// http/1.1, which net/http and gRPC both understand.
	NextProtos []string

	// Every is how often the files are read; 0: 5 s.
	Every time.Duration
	// Log is told of changes; nil: [slog.Default].
	Log *slog.Logger
	// Registerer gets the metrics; nil: they are kept but not registered.
	Registerer prometheus.Registerer
	// Now is the clock by which certificates are judged; nil: [time.Now].
	Now func() time.Time
}

func (o Options) withDefaults() (Options, error) {
	switch {
	case (o.Cert == "") != (o.Key == ""):
		return o, errors.New("certs: Cert and Key must both be given, or neither")
	case o.Cert == "" && o.CA == "":
		return o, errors.New("certs: Cert and Key, or CA, must be given")
	case o.Every < 0:
		return o, fmt.Errorf("certs: Every is %s; it must not be negative", o.Every)
	case o.MinVersion != 0 && o.MinVersion < tls.VersionTLS12:
		return o, fmt.Errorf("certs: MinVersion is %s; it must be TLS 1.2 or 1.3 (RFC 9325)", tls.VersionName(o.MinVersion))
	}
	o.Every = cmp.Or(o.Every, 5*time.Second)
	o.MinVersion = cmp.Or(o.MinVersion, tls.VersionTLS12)
	if o.NextProtos == nil {
		o.NextProtos = []string{"h2", "http/1.1"}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

// mutual reports whether the server demands a certificate of its clients.
func (o Options) mutual() bool { return o.CA != "" && !o.ServerOnly }
