// Package build tells which build is examined: the commit, whether the tree
// differs from it, and the hash of the declaration.
package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// gitLimit bounds each question to git; on a huge repository the answer is
// left out rather than waited for.
const gitLimit = 10 * time.Second

// Identify returns the build that dir holds. What cannot be told – no git, no
// commit, no golive.yaml – is left empty.
func Identify(ctx context.Context, dir, environment string, now time.Time) evidence.Build {
	b := evidence.Build{Environment: environment, At: now.UTC().Truncate(time.Second)}
	if commit, ok := git(ctx, dir, nil, "rev-parse", "HEAD"); ok {
		b.Commit = commit
		b.Dirty = dirty(ctx, dir)
	}
	if text, err := os.ReadFile(filepath.Join(dir, service.FileName)); err == nil {
		sum := sha256.Sum256(text)
		b.Spec = "sha256:" + hex.EncodeToString(sum[:])
	}
	return b
}
