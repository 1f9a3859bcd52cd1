package collect

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/docker"
	"github.com/golive-dev/golive/evidence/evidencetest"
	"github.com/golive-dev/golive/evidence/files"
	"github.com/golive-dev/golive/evidence/kube"
)

func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	evidencetest.Write(t, filepath.Join(dir, "Dockerfile"), "FROM scratch\n")
	evidencetest.Write(t, filepath.Join(dir, "deploy/service.yaml"), "apiVersion: v1\nkind: Service\nmetadata: {name: orders}\n")
	evidencetest.Write(t, filepath.Join(dir, "deploy/broken.yaml"), "apiVersion: v1\nkind: [\n")
	evidencetest.Write(t, filepath.Join(dir, "vendor/v.yaml"), "apiVersion: v1\nkind: Service\n")
	return dir
}

func TestRepositoryRunsEveryCollectorOnOneTree(t *testing.T) {
	dir := repository(t)
	records, err := Repository(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []evidence.Kind{files.SummaryKind, files.ProblemKind, kube.ObjectKind, docker.DockerfileKind} {
		if !slices.ContainsFunc(records, func(r evidence.Record) bool { return r.Kind == kind }) {
			t.Errorf("no record of kind %s", kind)
		}
	}
	summary := evidence.All[files.Summary](evidence.NewSet(nil, evidence.Build{}, records), files.SummaryKind)[0].Data
	if summary.Files != 3 || len(summary.LeftOut) != 1 || summary.LeftOut[0].Path != "vendor" {
		t.Errorf("the summary is %+v", summary)
	}
	again, err := Repository(t.Context(), dir)
	if err != nil || !bytes.Equal(stream(t, records), stream(t, again)) {
		t.Errorf("a second reading gave other records (%v)", err)
	}
}

func stream(t *testing.T, records []evidence.Record) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := evidence.NewSet(nil, evidence.Build{}, records).Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRepositoryErrors(t *testing.T) {
	if _, err := Repository(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing directory: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Repository(ctx, repository(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
}

func TestCollectorsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Collectors() {
		if c.Name() == "" || seen[c.Name()] {
			t.Errorf("two collectors are called %q", c.Name())
		}
		seen[c.Name()] = true
	}
}
