package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/golive-dev/golive/catalogue"
	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/gate"
	"github.com/golive-dev/golive/report"
)

func (c *cli) judgeVerb() *cobra.Command {
	var j judgement
	cmd := &cobra.Command{
		Use:   "judge FILE",
		Short: "Judge the evidence again that review --evidence wrote",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := j.prepare(""); err != nil {
				return err
			}
			file, err := os.Open(args[0])
			if err != nil {
				return usagef("reading evidence: %w; golive review --evidence FILE writes it", err)
			}
			defer file.Close()
			set, err := evidence.Read(file)
			if err != nil {
				return usagef("%s: %w", args[0], err)
			}
			return c.judge(set, j, func(id string) string { return "golive review --only " + id })
		},
	}
	j.add(cmd)
	return cmd
}

// judgement is what review and judge have in common: which requirements, in
// which formats, against which baseline.
type judgement struct {
	only     []string
	formats  []string
	baseline string

	requirements []check.Requirement
	outputs      []output
	most         check.Rung // None judges all evidence
	before       *check.Verdict
}

func (j *judgement) add(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&j.only, "only", nil, "judge only these `ID|SECTION,…`")
	cmd.Flags().StringArrayVar(&j.formats, "format", nil, "`"+strings.Join(report.Names(), "|")+"`, or FORMAT=FILE; may be repeated (default text)")
	cmd.Flags().StringVar(&j.baseline, "baseline", "", "fail only on what is worse than in this JSON report (`FILE`)")
}

// prepare resolves the flags before anything slow begins. The evidence is a
// file to be written, too, unless it is "".
func (j *judgement) prepare(evidence string) (err error) {
	if j.requirements, err = catalogue.Select(catalogue.Requirements(), j.only); err != nil {
		return usageError{err}
	}
	if j.outputs, err = outputsOf(j.formats); err != nil {
		return err
	}
	if err := distinct(j.files(evidence)); err != nil {
		return err
	}
	if j.baseline == "" {
		return nil
	}
	file, err := os.Open(j.baseline)
	if err != nil {
		return usagef("reading the baseline: %w; golive review --format json=FILE writes one", err)
	}
	defer file.Close()
	if j.before, err = gate.ReadBaseline(file); err != nil {
		return usagef("%s: %w", j.baseline, err)
	}
	return nil
}

// files are those that will be written, evidence among them unless it is "".
func (j *judgement) files(evidence string) []string {
	var paths []string
	if evidence != "" {
		paths = append(paths, evidence)
	}
	for _, o := range j.outputs {
		if o.path != "" {
			paths = append(paths, o.path)
		}
	}
	return paths
}
