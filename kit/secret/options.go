package secret

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/kit/redact"
)

// Options are how a secret is watched. The zero value of each is a safe default.
type Options struct {
	// Every is the time between reads; 5 s if zero. Stores that count requests
	// deserve a longer one.
	Every time.Duration
	// Timeout bounds one read; 5 s if zero.
	Timeout time.Duration
	// Valid returns an error for content that cannot be right, such as a key that
	// does not parse. Such content is not taken. Its error is logged.
	Valid func(redact.Secret[string]) error
	// Log is slog.Default() if nil.
	Log *slog.Logger
	// Registerer takes the metrics. If nil they are not registered.
	Registerer prometheus.Registerer
	// Now is the clock of the metrics; time.Now if nil.
	Now func() time.Time
}

func (o Options) withDefaults(s Source) (Options, error) {
	switch {
	case s == nil:
		return o, errors.New("watch a secret: the source is nil; give one such as secret.File(path)")
	case o.Every < 0:
		return o, fmt.Errorf("watch secret %s: Options.Every is %v; give a positive time, or none for 5s", s.Name(), o.Every)
	case o.Timeout < 0:
		return o, fmt.Errorf("watch secret %s: Options.Timeout is %v; give a positive time, or none for 5s", s.Name(), o.Timeout)
	}
	o.Every = cmp.Or(o.Every, 5*time.Second)
	o.Timeout = cmp.Or(o.Timeout, 5*time.Second)
	o.Log = cmp.Or(o.Log, slog.Default())
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Valid == nil {
		o.Valid = func(redact.Secret[string]) error { return nil }
	}
	return o, nil
}
