package certs

import (
	"cmp"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Identity is a TLS identity that follows its files. It is safe for use by
// several goroutines.
type Identity struct {
	o       Options
	current atomic.Pointer[material]
	metrics *metrics

	refreshing sync.Mutex
	failure    string    // the last one told, so that it is told once
	warned     *material // of whose end was told

	stop    chan struct{}
	stopped sync.Once
	polling sync.WaitGroup
}

// Load reads the files and goes on reading them until Close. Its errors name
// the option or the file that is at fault, never a key.
func Load(o Options) (*Identity, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	i := &Identity{o: o, stop: make(chan struct{})}
	m, err := i.read()
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	if i.metrics, err = newMetrics(o.Registerer); err != nil {
		return nil, err
	}
	i.use(m, "certificate.loaded")
	i.warn()
	i.polling.Go(i.poll)
	return i, nil
}

// Close ends the reading of the files. What was made of the identity works
// on, with the certificates that it had last.
func (i *Identity) Close() {
	i.stopped.Do(func() { close(i.stop) })
	i.polling.Wait()
}

// String returns the file of the certificate, of the authorities where there is
// none, and never a key.
func (i *Identity) String() string { return cmp.Or(i.o.Cert, i.o.CA) }

// LogValue returns what String does, so that an identity which is logged tells
// which one it is.
func (i *Identity) LogValue() slog.Value { return slog.StringValue(i.String()) }

// NotAfter returns the earliest end of validity of the certificate, and of
// those that lead from it to the authority. Without a certificate it is that
// of the authorities.
func (i *Identity) NotAfter() time.Time { return i.current.Load().notAfter() }

func (i *Identity) poll() {
	tick := time.NewTicker(i.o.Every)
	defer tick.Stop()
	for {
		select {
		case <-i.stop:
			return
		case <-tick.C:
			i.Refresh() // tells of its errors itself
		}
	}
}

// Refresh reads the files now instead of at the next look: for a service that
// is told of a change, by SIGHUP for instance. When it returns an error the
// identity is as it was.
func (i *Identity) Refresh() error {
	i.refreshing.Lock()
	defer i.refreshing.Unlock()
	m, err := i.read()
	if err != nil {
		i.metrics.failed(i.o)
		if err.Error() != i.failure {
			i.failure = err.Error()
			i.o.Log.Warn("certificate.refresh_failed", "error", err, "not_after", i.NotAfter())
		}
		return fmt.Errorf("certs: the identity stays as it was: %w", err)
	}
	i.failure = ""
	if !m.same(i.current.Load()) {
		i.use(m, "certificate.rotated")
	}
	i.warn()
	return nil
}

// use makes m the identity of all handshakes to come.
func (i *Identity) use(m *material, event string) {
	m.server = i.serverConfig(m)
	i.current.Store(m)
	i.metrics.set(i.o, m)
	attributes := []any{"not_after", m.notAfter()}
	if m.cert != nil {
		attributes = append(attributes, "file", i.o.Cert, "serial", m.cert.Leaf.SerialNumber.Text(16))
	} else {
		attributes = append(attributes, "file", i.o.CA)
	}
	i.o.Log.Info(event, attributes...)
}

// warn tells once of a certificate that nobody has renewed in time.
func (i *Identity) warn() {
	m := i.current.Load()
	if m == i.warned || m.cert == nil {
		return
	}
	life := m.cert.Leaf.NotAfter.Sub(m.cert.Leaf.NotBefore)
	if left := m.notAfter().Sub(i.o.Now()); left < life/6 {
		i.warned = m
		i.o.Log.Warn("certificate.expiring", "file", i.o.Cert, "not_after", m.notAfter(), "left", left.Round(time.Second).String())
	}
}
