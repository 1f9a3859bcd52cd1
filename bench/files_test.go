package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/collect"
	"github.com/golive-dev/golive/evidence/kube"
)

// manifests is the size of the tree that the linters of Kubernetes manifests
// were measured on.
const manifests = 5000

// BenchmarkFiles reads a repository of 5,000 manifests with every collector,
// and prints files per second and seconds of CPU for each reading.
//
//	go test -run '^$' -bench Files -benchtime 5x ./bench
func BenchmarkFiles(b *testing.B) {
	dir := b.TempDir()
	for i := range manifests {
		writeManifest(b, dir, i)
	}
	b.ResetTimer()
	began := cpu(b)
	for range b.N {
		records, err := collect.Repository(b.Context(), dir)
		if err != nil {
			b.Fatal(err)
		}
		if n := objects(records); n != manifests {
			b.Fatalf("found %d objects in %d manifests", n, manifests)
		}
	}
	b.ReportMetric(float64(manifests*b.N)/b.Elapsed().Seconds(), "files/s")
	b.ReportMetric((cpu(b)-began).Seconds()/float64(b.N), "cpu-s/op")
}

func objects(records []evidence.Record) (n int) {
	for _, r := range records {
		if r.Kind == kube.ObjectKind {
			n++
		}
	}
	return n
}

// cpu returns the time that all cores spent on this process so far.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func writeManifest(b *testing.B, dir string, i int) {
	b.Helper()
	texts := []string{deployment, service, budget, configMap}
	file := filepath.Join(dir, fmt.Sprintf("team-%02d", i%50), fmt.Sprintf("app-%04d.yaml", i))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.Fatal(err)
	}
	text := fmt.Sprintf(texts[i%len(texts)], fmt.Sprintf("app-%04d", i))
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: %[1]s
  labels:
    app: %[1]s
spec:
  replicas: 3
  selector:
    matchLabels:
      app: %[1]s
  template:
    metadata:
      labels:
        app: %[1]s
    spec:
      securityContext:
        runAsNonRoot: true
      containers:
        - name: %[1]s
          image: registry.example/%[1]s:1.4.2
          ports:
            - name: http
              containerPort: 8080
          livenessProbe:
            httpGet: {path: /livez, port: http}
          readinessProbe:
            httpGet: {path: /readyz, port: http}
          resources:
            requests: {cpu: 100m, memory: 64Mi}
            limits: {memory: 128Mi}
`

const service = `apiVersion: v1
kind: Service
metadata:
  name: %[1]s
spec:
  selector:
    app: %[1]s
  ports:
    - name: http
      port: 80
      targetPort: http
`

const budget = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: %[1]s
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: %[1]s
`

const configMap = `apiVersion: v1
kind: ConfigMap
metadata:
  name: %[1]s
data:
  LOG_LEVEL: info
  PAYMENTS_URL: http://payments.shop.svc
`
