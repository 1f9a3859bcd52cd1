package pg

import (
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// BenchmarkQuery tells what a statement costs over plain pgx, from one run: the
// two take turns, so that a noisy machine treats both alike.
func BenchmarkQuery(b *testing.B) {
	d := newDatabase(b)
	c := d.config()
	c.Log, c.Registerer = slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	watched := open(b, c)
	plain, err := pgxpool.New(b.Context(), d.URL)
	if err != nil {
		b.Fatal(err)
	}
	defer plain.Close()
	query := func(pool *pgxpool.Pool) time.Duration {
		began := time.Now()
		var n int
		if err := pool.QueryRow(b.Context(), "SELECT $1::int", 7).Scan(&n); err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	query(watched)
	query(plain)
	var with, without time.Duration
	for b.Loop() {
		with += query(watched)
		without += query(plain)
	}
	b.ReportMetric(float64(with)/float64(without), "×plain")
	b.ReportMetric(float64(with-without)/float64(b.N)/1000, "µs-more")
}
