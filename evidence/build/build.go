// Package build tells which build is examined: the commit, whether the tree
// differs from it, and the hash of the declaration.
package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	if commit, ok := git(ctx, dir, "rev-parse", "HEAD"); ok {
		b.Commit = commit
		status, known := git(ctx, dir, "status", "--porcelain", "--", ".")
		b.Dirty = !known || status != ""
	}
	if text, err := os.ReadFile(filepath.Join(dir, service.FileName)); err == nil {
		sum := sha256.Sum256(text)
		b.Spec = "sha256:" + hex.EncodeToString(sum[:])
	}
	return b
}

func git(ctx context.Context, dir string, args ...string) (string, bool) {
	ctx, cancel := context.WithTimeout(ctx, gitLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	// Reading a repository never executes it: neither its hooks nor the
	// monitor that its configuration may name.
	cmd.Env = append(os.Environ(), "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.fsmonitor", "GIT_CONFIG_VALUE_0=false", "GIT_OPTIONAL_LOCKS=0")
	var out bytes.Buffer
	cmd.Stdout = &out
	if cmd.Run() != nil {
		return "", false
	}
	return strings.TrimSpace(out.String()), true
}
