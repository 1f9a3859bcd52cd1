package main

import (
	"context"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/drill"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/report"
	"github.com/golive-dev/golive/review"
	"github.com/golive-dev/golive/service"
)

func (c *cli) drillVerb() *cobra.Command {
	var list bool
	cmd := &cobra.Command{
		Use:   "drill [DIR] [NAME…]",
		Short: "Run drills and show their timelines",
		RunE: func(cmd *cobra.Command, args []string) error {
			if list && len(args) > 0 {
				return usagef("--list lists every drill and takes no directory; leave out %s", args[0])
			}
			if list {
				return c.listDrills()
			}
			dir, names := splitDrillArgs(args)
			return c.drill(cmd.Context(), dir, names)
		},
	}
	cmd.Flags().BoolVar(&list, "list", false, "list the drills, what they break and how that is undone")
	return cmd
}

// splitDrillArgs tells the directory from the names: the first argument is a
// name if it is one, so that golive drill stop works in the service's own
// directory.
func splitDrillArgs(args []string) (dir string, names []string) {
	if len(args) == 0 {
		return ".", nil
	}
	if slices.ContainsFunc(drill.All(), func(d *drill.Drill) bool { return d.Name == args[0] }) {
		return ".", args
	}
	return args[0], args[1:]
}

func (c *cli) listDrills() error {
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	for _, d := range drill.All() {
		fmt.Fprintf(w, "%s\tbreaks\t%s\n\tundoes\t%s\n", d.Name, d.Breaks, d.Undoes)
	}
	return w.Flush()
}

func (c *cli) drill(ctx context.Context, dir string, names []string) error {
	drills, err := drill.Select(names)
	if err != nil {
		return usageError{err}
	}
	if err := isDir(dir); err != nil {
		return err
	}
	svc, err := service.Load(dir)
	if err != nil {
		return noDeclaration(dir, err)
	}
	if len(svc.Run.Command) == 0 {
		return usagef("%s does not say how to start the service; add\n%s", service.FileName, service.LinesForDrills(svc))
	}
	p := newProgress(c.stderr)
	o := review.Options{Dir: dir, Say: p.sayf, Progress: p.drills()}
	svc, _ = o.LeaveOut(svc)
	recs, _, err := review.Record(ctx, o, svc, drills)
	p.finish()
	if err != nil {
		return err
	}
	for _, rec := range recs {
		if err := c.timelines(rec); err != nil {
			return err
		}
	}
	return nil
}

func (c *cli) timelines(rec *evidence.Recording) error {
	fmt.Fprintf(c.stdout, "drill %s, %s\n", rec.Drill, rec.Took.Round(1e8))
	if problem := rec.Problem(""); problem != nil {
		fmt.Fprintf(c.stdout, "  no evidence: %s\n", problem.Text)
		for _, line := range problem.Lines {
			fmt.Fprintf(c.stdout, "    | %s\n", line)
		}
	}
	for _, trial := range rec.Trials() {
		t := check.TimelineOf(trial, rec.Trial(trial), nil)
		if err := report.Timeline(c.stdout, t, terminalOptions(c.stdout)); err != nil {
			return err
		}
	}
	return nil
}
