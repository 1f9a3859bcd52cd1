package secrets

import (
	"fmt"
	"strings"
	"testing"

	"github.com/golive-dev/golive/evidence/evidencetest"
	"github.com/golive-dev/golive/evidence/files"
)

const manifest = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders-%d
  annotations:
    checksum/config: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
spec:
  template:
    spec:
      containers:
        - name: orders
          image: registry.shop.test/orders@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
          env:
            - {name: DB_PASSWORD_FILE, value: /run/secrets/db}
            - {name: PAYMENTS_URL, value: "https://payments.shop.svc:8443"}
            - name: API_KEY
              valueFrom: {secretKeyRef: {name: orders, key: api-key}}
`

// BenchmarkTree prints how many manifests a second are searched, and how many
// bytes.
func BenchmarkTree(b *testing.B) {
	contents, size := map[string]string{}, 0
	for i := range 5000 {
		text := fmt.Sprintf(manifest, i) + strings.Repeat("            - {name: LOG_LEVEL, value: info}\n", 20)
		contents[fmt.Sprintf("deploy/%02d/%d.yaml", i%50, i)] = text
		size += len(text)
	}
	tree := evidencetest.Tree(b, contents)
	b.SetBytes(int64(size))
	for b.Loop() {
		if _, err := (Collector{}).Collect(b.Context(), tree); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(contents)*b.N)/b.Elapsed().Seconds(), "files/s")
}

var _ files.Collector = Collector{}
