package certs_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/kit/certs"
	"github.com/golive-dev/golive/kit/kittest"
)

// with returns content with one file changed.
func with(content map[string][]byte, name string, change func([]byte) []byte) map[string][]byte {
	changed := map[string][]byte{}
	for n, c := range content {
		changed[n] = c
	}
	changed[name] = change(content[name])
	return changed
}

func half(b []byte) []byte { return b[:len(b)/2] }

// What cannot be used is an error at the start, and afterwards leaves the
// identity as it was.
func TestUnusableFilesAreNotUsed(t *testing.T) {
	ca := kittest.NewCA(t)
	good := files(ca.Issue("localhost"), ca)
	other := ca.Issue("localhost")
	for _, test := range []struct {
		name    string
		content map[string][]byte
		reason  string
	}{
		{"half of the certificate", with(good, "tls.crt", half), "cut off or damaged"},
		{"half of the key", with(good, "tls.key", half), "failed to find any PEM data in key"},
		{"half of the authorities", with(good, "ca.crt", func(b []byte) []byte { return append(b[:len(b):len(b)], half(b)...) }), "cut off or damaged"},
		{"the new certificate with the old key", with(good, "tls.crt", func([]byte) []byte { return other.CertPEM }), "private key does not match public key"},
		{"an empty file", with(good, "ca.crt", func([]byte) []byte { return nil }), "holds no certificate"},
		{"an expired certificate", files(ca.IssueUntil(time.Now().Add(-time.Second), "localhost"), ca), "expired at"},
		{"what is no certificate", with(good, "ca.crt", func([]byte) []byte {
			return []byte("-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n")
		}), "malformed certificate"},
		{"no file", map[string][]byte{"tls.crt": good["tls.crt"], "ca.crt": good["ca.crt"]}, "no such file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := kittest.NewMount(t, test.content)
			_, err := certs.Load(certs.Options{Cert: m.Path("tls.crt"), Key: m.Path("tls.key"), CA: m.Path("ca.crt")})
			if err == nil || !strings.Contains(err.Error(), test.reason) || !strings.Contains(err.Error(), m.Dir) {
				t.Errorf("got %v, want an error with %q that names the file", err, test.reason)
			}

			registry := prometheus.NewRegistry()
			id := mount(t, good, func(o *certs.Options) { o.Registerer = registry })
			url := serve(t, id.Server())
			id.Swap(test.content)
			for range 2 {
				if err := id.Refresh(); err == nil || !strings.Contains(err.Error(), test.reason) {
					t.Errorf("got %v, want an error with %q", err, test.reason)
				}
			}
			if _, _, err := get(t, url, id.Client()); err != nil {
				t.Errorf("the old identity does not go on: %v", err)
			}
			if n := len(id.logs.Find("certificate.refresh_failed")); n != 1 {
				t.Errorf("told %d times of one failure", n)
			}
			if n := kittest.Metrics(t, registry).Value("certificate_refresh_failures_total", "file", id.Path("tls.crt")); n != 2 {
				t.Errorf("counted %v failures", n)
			}
			id.renew(t, files(other, ca))
			if state, _, err := get(t, url, id.Client()); err != nil || serial(state) != other.Leaf.SerialNumber.Text(16) {
				t.Errorf("what is whole again is not used: %v", err)
			}
			id.logs.Never("PRIVATE KEY")
		})
	}
}

func TestFilesAreReadByThemselves(t *testing.T) {
	ca := kittest.NewCA(t)
	id := mount(t, files(ca.Issue("localhost"), ca), func(o *certs.Options) { o.Every = 5 * time.Millisecond })
	for range 3 { // a watch on the file would hear the first only
		next := ca.Issue("localhost")
		id.Swap(files(next, ca))
		id.logs.Await("certificate.rotated", "serial", next.Leaf.SerialNumber.Text(16), "file", id.Path("tls.crt"))
	}
	id.Close()
	id.Close()
}

func TestAuthoritiesThatEndedArePassedOver(t *testing.T) {
	ca, old := kittest.NewCA(t), kittest.NewCA(t)
	ended := old.IssueUntil(time.Now().Add(-time.Hour))
	registry := prometheus.NewRegistry()
	content := files(ca.Issue("localhost"), ca)
	id := mount(t, with(content, "ca.crt", func(b []byte) []byte { return append(ended.CertPEM, b...) }), func(o *certs.Options) { o.Registerer = registry })
	if _, _, err := get(t, serve(t, id.Server()), id.Client()); err != nil {
		t.Error(err)
	}
	if got := kittest.Metrics(t, registry).Value("certificate_expiry_timestamp_seconds", "file", id.Path("ca.crt")); got != float64(ca.Cert.NotAfter.Unix()) {
		t.Errorf("end of the authorities is %v", got)
	}
}

func TestExpiryIsMeasuredAndTold(t *testing.T) {
	ca := kittest.NewCA(t)
	registry := prometheus.NewRegistry()
	var clock atomic.Pointer[time.Time]
	set := func(now time.Time) { clock.Store(&now) }
	set(time.Now())
	first := ca.Issue("localhost")
	id := mount(t, files(first, ca), func(o *certs.Options) {
		o.Registerer, o.Now = registry, func() time.Time { return *clock.Load() }
	})
	expiry := func() float64 {
		return kittest.Metrics(t, registry).Value("certificate_expiry_timestamp_seconds", "file", id.Path("tls.crt"))
	}
	if expiry() != float64(first.Deadline.Unix()) || !id.NotAfter().Equal(first.Deadline) {
		t.Errorf("expiry %v, want %d", expiry(), first.Deadline.Unix())
	}
	url := serve(t, id.Server())
	set(first.Deadline.Add(-time.Hour))
	for range 2 {
		id.Refresh()
	}
	if n := len(id.logs.Find("certificate.expiring", "left", "1h0m0s")); n != 1 {
		t.Errorf("told %d times", n)
	}
	set(first.Deadline.Add(time.Second))
	wantError(t, url, id.Client(), "expired")
	if err := id.Refresh(); err == nil || !strings.Contains(err.Error(), "expired at") {
		t.Errorf("%v", err)
	}
	set(first.Deadline.Add(-time.Minute))
	next := ca.IssueUntil(first.Deadline.Add(-time.Second), "localhost")
	id.renew(t, files(next, ca))
	if expiry() != float64(next.Deadline.Unix()) {
		t.Errorf("expiry %v after the renewal, want %d", expiry(), next.Deadline.Unix())
	}
	set(time.Now().Add(-2 * time.Hour))
	id.Swap(files(ca.Issue("localhost"), ca))
	if err := id.Refresh(); err == nil || !strings.Contains(err.Error(), "is not valid before") {
		t.Errorf("%v", err)
	}
}

func TestIdentitiesShareARegistry(t *testing.T) {
	ca := kittest.NewCA(t)
	registry := prometheus.NewRegistry()
	share := func(o *certs.Options) { o.Registerer = registry }
	one, two := mount(t, files(ca.Issue("a"), ca), share), mount(t, files(ca.Issue("b"), ca), share)
	m := kittest.Metrics(t, registry)
	for _, path := range []string{one.Path("tls.crt"), two.Path("tls.crt"), one.Path("ca.crt"), two.Path("ca.crt")} {
		m.Value("certificate_expiry_timestamp_seconds", "file", path)
	}
	if m.Value("certificate_refresh_failures_total") != 0 {
		t.Error("failures were counted")
	}
}

func TestLoadNamesTheOption(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(path, kittest.NewCA(t).PEM, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := prometheus.NewRegistry()
	taken.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "certificate_expiry_timestamp_seconds"}))
	for want, o := range map[string]certs.Options{
		"Cert and Key must both be given":   {Cert: path},
		"Cert and Key, or CA, must be give": {},
		"Every is -1s":                      {CA: path, Every: -time.Second},
		"MinVersion is TLS 1.1":             {CA: path, MinVersion: 0x0302},
		"registered with Registerer":        {CA: path, Registerer: taken},
	} {
		if _, err := certs.Load(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
