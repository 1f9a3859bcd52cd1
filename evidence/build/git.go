package build

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// dirty reports whether dir differs from its commit, or that is not to be
// told. What differs inside a submodule is left out: to see it, git would
// follow the submodule's own configuration.
func dirty(ctx context.Context, dir string) bool {
	settings, known := ownFilters(ctx, dir)
	if !known {
		return true
	}
	status, known := git(ctx, dir, settings, "status", "--porcelain", "--ignore-submodules=dirty", "--", ".")
	return !known || status != ""
}

// ownFilters returns the settings that switch off the filter programs which
// the repository's own configuration names. Git would run them to tell whether
// a file has changed. Those of the user, such as Git LFS, stay.
func ownFilters(ctx context.Context, dir string) (settings []string, known bool) {
	list, known := git(ctx, dir, nil, "config", "--list", "--show-scope", "--name-only", "-z")
	fields := strings.Split(list, "\x00")
	for pair := range slices.Chunk(fields, 2) {
		if len(pair) < 2 || pair[0] != "local" && pair[0] != "worktree" {
			continue
		}
		name := pair[1]
		switch {
		case !strings.HasPrefix(name, "filter."):
		case strings.HasSuffix(name, ".clean"), strings.HasSuffix(name, ".process"):
			settings = append(settings, name, "")
		case strings.HasSuffix(name, ".required"):
			settings = append(settings, name, "false")
		}
	}
	return settings, known
}

// git asks git. Reading a repository never executes it: neither its hooks nor
// the programs that its configuration may name. Settings, by name and value,
// have the last word over that configuration.
func git(ctx context.Context, dir string, settings []string, args ...string) (string, bool) {
	ctx, cancel := context.WithTimeout(ctx, gitLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	// Inside a hook, git's own variables lead to another repository.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	cmd.Env = append(cmd.Env, "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1")
	settings = append([]string{"core.fsmonitor", "false", "protocol.allow", "never"}, settings...)
	for i := 0; i < len(settings); i += 2 {
		cmd.Env = append(cmd.Env,
			fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i/2, settings[i]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i/2, settings[i+1]))
	}
	cmd.Env = append(cmd.Env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(settings)/2))
	var out bytes.Buffer
	cmd.Stdout = &out
	if cmd.Run() != nil {
		return "", false
	}
	return strings.TrimSpace(out.String()), true
}
