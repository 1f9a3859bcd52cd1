package secret

import (
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkPoll is what one look at a file costs.
func BenchmarkPoll(b *testing.B) {
	path := filepath.Join(b.TempDir(), "password")
	write(b, path, "hunter2")
	v := watch(b, File(path), Options{Every: time.Hour})
	b.ReportAllocs()
	for b.Loop() {
		if err := v.Refresh(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGet is what each use of a secret costs.
func BenchmarkGet(b *testing.B) {
	v := watch(b, &store{text: "hunter2"}, Options{Every: time.Hour})
	b.ReportAllocs()
	for b.Loop() {
		_ = v.Get().Reveal()
	}
}
