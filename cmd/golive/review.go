package main

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/golive-dev/golive/catalogue"
	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/gate"
	"github.com/golive-dev/golive/review"
	"github.com/golive-dev/golive/service"
)

type reviewFlags struct {
	judgement
	url      string
	noDrills bool
	noRun    bool
	rung     string
	evidence string
}

func (c *cli) reviewVerb() *cobra.Command {
	var f reviewFlags
	cmd := &cobra.Command{
		Use:   "review [DIR]",
		Short: "Collect, drill, judge and report: the main job",
		Long: `Review reads the repository in DIR (default: here), starts the service as its
golive.yaml says, breaks what it depends on, and reports what held.

It runs the commands that golive.yaml names, and lists them first; --no-run
forbids them. What it starts listens on loopback and is ended and removed
whatever happens.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.review(cmd.Context(), dirOf(args), f) },
	}
	f.judgement.add(cmd)
	cmd.Flags().StringVar(&f.url, "url", "", "look at the running service at this `URL` instead of starting it")
	cmd.Flags().BoolVar(&f.noDrills, "no-drills", false, "judge only what files show")
	cmd.Flags().BoolVar(&f.noRun, "no-run", false, "run no command of golive.yaml; implies --no-drills")
	cmd.Flags().StringVar(&f.rung, "rung", "proven", "stop at this `rung` of evidence: found, observed or proven")
	cmd.Flags().StringVar(&f.evidence, "evidence", "", "write the evidence to this `FILE`; golive judge judges it again")
	return cmd
}

func dirOf(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

func (c *cli) review(ctx context.Context, dir string, f reviewFlags) error {
	if err := isDir(dir); err != nil {
		return err
	}
	rung, err := rungOf(f.rung)
	if err != nil {
		return err
	}
	if err := checkURL(f.url); err != nil {
		return err
	}
	if err := f.prepare(f.evidence); err != nil {
		return err
	}
	p := newProgress(c.stderr)
	set, err := review.Gather(ctx, review.Options{
		Dir: dir, Requirements: f.requirements, Rung: rung,
		NoDrills: f.noDrills || f.noRun, URL: f.url,
		Say: p.sayf, Progress: p.drills(),
	})
	p.finish()
	if err != nil {
		return located(dir, err)
	}
	if err := saveEvidence(f.evidence, set); err != nil {
		return err
	}
	f.judgement.most = rung
	return c.judge(set, f.judgement, func(id string) string { return recheck(dir, f, id) })
}

// recheck is the command that judges one requirement again.
func recheck(dir string, f reviewFlags, id string) string {
	text := command("review", dir)
	if f.url != "" {
		text += " --url " + f.url
	}
	return text + " --only " + id
}

func rungOf(name string) (check.Rung, error) {
	switch name {
	case "found":
		return check.Found, nil
	case "observed":
		return check.Observed, nil
	case "proven":
		return check.Proven, nil
	}
	return check.None, usagef("--rung %s: expected found, observed or proven", name)
}

// checkURL accepts an http URL with a host, and none.
func checkURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usagef("--url %s: expected the address of the service, as in http://127.0.0.1:8080", text)
	}
	return nil
}

func isDir(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usagef("there is no directory %s; name the one that holds %s", dir, service.FileName)
	case err != nil:
		return usagef("%w; name a directory that you may read", err)
	case !info.IsDir():
		return usagef("%s is no directory; name the one that holds %s", dir, service.FileName)
	}
	return nil
}

func saveEvidence(path string, set *evidence.Set) error {
	if path == "" {
		return nil
	}
	return writeFile(path, set.Write)
}

// judge judges the evidence, writes the reports, and says whether the gate
// holds.
func (c *cli) judge(set *evidence.Set, j judgement, command func(string) string) error {
	v, err := check.Judge(set, j.requirements, check.Options{Standard: catalogue.Version, Now: time.Now(), Most: j.most, Command: command})
	if err != nil {
		return err
	}
	if err := c.report(v, j.outputs); err != nil {
		return err
	}
	decision := gate.Decide(v)
	if j.before != nil && j.before.Service != v.Service {
		return usagef("the baseline is of the service %q, not of %q; name one of the same service", j.before.Service, v.Service)
	}
	if j.before != nil {
		decision = gate.Ratchet(v, j.before)
		for _, r := range decision.Blocked {
			c.sayf("worse than the baseline: %s is %s now", r.ID, r.Outcome)
		}
	}
	if !decision.Open {
		return errClosed
	}
	return nil
}
