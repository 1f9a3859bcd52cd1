package secrets

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// The bounds of a search in the history. 64 MiB of patches are the whole
// history of most services; gitleaks' rules read some 5 MiB a second.
const (
	historyTime  = 10 * time.Second
	historyBytes = 64 << 20
)

// searchHistory returns the secrets that commits brought into dir and that
// are not in the tree any more, and a record on how far the search came.
func searchHistory(ctx context.Context, dir string, d *detector, seen *memory) []evidence.Record {
	ctx, cancel := context.WithTimeout(ctx, historyTime)
	defer cancel()
	state, records := History{State: HistoryMissing}, []evidence.Record(nil)
	shallow, err := isShallow(ctx, dir)
	if err != nil {
		state.Text = "the git history was not searched: " + err.Error()
	} else {
		records, state = searchLog(ctx, dir, d, seen)
	}
	if shallow && state.State == HistoryWhole {
		state.State = HistoryShallow
		state.Text += "; the clone is shallow, so older ones were not searched (git fetch --unshallow brings them)"
	}
	return append(records, evidence.New(HistoryKind, evidence.Source{File: ".", Name: "git history"}, state))
}

// isShallow reports whether older commits of dir's repository were not
// cloned. The error says why there is no history at all.
func isShallow(ctx context.Context, dir string) (bool, error) {
	if dir == "" {
		return false, errors.New("the files come from no directory")
	}
	out, err := git(ctx, dir, "rev-parse", "--is-inside-work-tree", "--is-shallow-repository").Output()
	if errors.Is(err, exec.ErrNotFound) {
		return false, errors.New("there is no git on this machine")
	}
	if err != nil {
		return false, errors.New(complaint(err))
	}
	if !strings.HasPrefix(string(out), "true") {
		return false, errors.New("the directory is not in a git work tree")
	}
	return strings.Contains(string(out), "\ntrue"), nil
}

// complaint is git's own reason, or the error when it gave none.
func complaint(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		first, _, _ := strings.Cut(string(exit.Stderr), "\n")
		return strings.TrimSpace(strings.TrimPrefix(first, "fatal: "))
	}
	return err.Error()
}

// git returns the command, so hardened that a repository's own configuration
// can neither run a program nor reach the network.
func git(ctx context.Context, dir string, args ...string) *exec.Cmd {
	hardened := []string{
		"-C", dir, "--no-pager", "-c", "core.fsmonitor=false", "-c", "protocol.allow=never",
		"-c", "log.showSignature=false", "-c", "safe.bareRepository=explicit", "-c", "core.quotePath=false",
	}
	cmd := exec.CommandContext(ctx, "git", append(hardened, args...)...)
	cmd.Env = append(withoutGit(os.Environ()), "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "LC_ALL=C")
	cmd.WaitDelay = time.Second
	return cmd
}

// withoutGit drops the variables by which a caller, such as a hook, may point
// git at another repository.
func withoutGit(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
}

// searchLog runs git log over dir, newest commits first, and searches the
// patches side by side.
func searchLog(ctx context.Context, dir string, d *detector, seen *memory) ([]evidence.Record, History) {
	cmd := git(ctx, dir, "log", "--all", "-p", "-U0", "--format="+commitMark+"%h", "--relative", "--diff-filter=d",
		"--no-color", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/", "--", ".")
	var complaints bytes.Buffer
	cmd.Stderr = &limited{w: &complaints, left: 4 << 10}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, History{State: HistoryMissing, Text: "the git history was not searched: " + err.Error()}
	}
	s := &search{detector: d, seen: seen}
	commits, whole, readErr := s.run(ctx, out)
	if !whole {
		// The rest of the output is of no use: git must not wait for us.
		_ = cmd.Process.Kill() //nolint:errcheck // it may have ended by itself
	}
	waitErr := cmd.Wait()
	state := History{State: HistoryWhole, Commits: commits, Text: fmt.Sprintf("%d commits that touch the directory were searched", commits)}
	switch {
	case ctx.Err() != nil:
		state.State = HistoryPartial
		state.Text += fmt.Sprintf(", the newest first, until %s had passed; older ones were not", historyTime)
	case !whole:
		state.State = HistoryPartial
		state.Text += fmt.Sprintf(", the newest first, until %d MiB of patches were read; older ones were not", historyBytes>>20)
	case readErr != nil || waitErr != nil:
		state.State = HistoryPartial
		state.Text += fmt.Sprintf("; then git stopped: %s", cmp.Or(strings.TrimSpace(complaints.String()), fmt.Sprint(cmp.Or(readErr, waitErr))))
	}
	return s.records(), state
}

// search scans additions on as many goroutines as there are cores.
type search struct {
	detector *detector
	seen     *memory
	mu       sync.Mutex
	found    []found
}

// found is a hit with the number of the addition that it was in, by which the
// records get the same order in every run.
type found struct {
	order int
	add   addition
	hit   hit
}

func (s *search) run(ctx context.Context, out io.Reader) (commits int, whole bool, err error) {
	type numbered struct {
		order int
		add   addition
	}
	work := make(chan numbered, 64)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for n := range work {
				if ctx.Err() == nil {
					s.scan(n.order, n.add)
				}
			}
		})
	}
	order, texts := 0, newMemory()
	commits, whole, err = readPatches(out, historyBytes, func(a addition) bool {
		order++
		if texts.add(a.file + "\x00" + a.text) {
			work <- numbered{order, a}
		}
		return ctx.Err() == nil
	})
	close(work)
	workers.Wait()
	return commits, whole, err
}

func (s *search) scan(order int, a addition) {
	for _, h := range s.detector.scan(a.file, a.text, 0) {
		h.line = a.lines[min(h.line, len(a.lines)-1)]
		s.mu.Lock()
		s.found = append(s.found, found{order, a, h})
		s.mu.Unlock()
	}
}

// records returns one record per secret that is not in the tree, for the
// newest commit that added it.
func (s *search) records() []evidence.Record {
	slices.SortStableFunc(s.found, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.hit.line, b.hit.line), cmp.Compare(a.hit.rule, b.hit.rule))
	})
	var records []evidence.Record
	for _, f := range s.found {
		if len(records) < maxFindings && s.seen.add(f.hit.secret) {
			records = append(records, record(f.add.file, f.add.commit, f.hit))
		}
	}
	return records
}

// limited keeps the first bytes of what is written and takes the rest.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	keep := p[:min(len(p), l.left)]
	l.left -= len(keep)
	if _, err := l.w.Write(keep); err != nil {
		return 0, err
	}
	return len(p), nil
}
