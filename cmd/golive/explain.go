package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/golive-dev/golive/catalogue"
	"github.com/golive-dev/golive/check"
)

func (c *cli) explainVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [ID|SECTION]",
		Short: "Explain requirements: why, how they are judged, their remedy",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			reqs, err := catalogue.Select(catalogue.Requirements(), args)
			if err != nil {
				return usageError{err}
			}
			for i, r := range reqs {
				if i > 0 {
					fmt.Fprintln(c.stdout)
				}
				if _, err := fmt.Fprint(c.stdout, explanation(r)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func explanation(r check.Requirement) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", r.ID, r.Title)
	fmt.Fprintf(&b, "  gate:   %s\n  needs:  %s\n", r.Gate, r.Needs)
	fmt.Fprintf(&b, "  judged: %s\n", indent(r.How))
	if r.Check == nil {
		fmt.Fprintf(&b, "  not judged yet: this version of golive has no check for it, so it counts as unknown\n")
		return b.String()
	}
	fmt.Fprintf(&b, "  why:    %s\n", indent(r.Check.Why))
	fmt.Fprintf(&b, "  remedy: %s\n", indent(r.Check.Remedy.Text))
	if drills := r.Check.Drills(); len(drills) > 0 {
		fmt.Fprintf(&b, "  drills: %s\n", strings.Join(drills, ", "))
	}
	if len(r.Check.After) > 0 {
		fmt.Fprintf(&b, "  after:  %s (its failure would explain one here)\n", strings.Join(r.Check.After, ", "))
	}
	return b.String()
}

// explainWidth is where lines of an explanation are broken.
const explainWidth = 90

// indent breaks a text into lines that stand under the column of the first.
func indent(text string) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		length := utf8.RuneCountInString(word)
		switch {
		case column > 0 && column+1+length > explainWidth:
			b.WriteString("\n          ")
			column = 0
		case column > 0:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += length
	}
	return b.String()
}
