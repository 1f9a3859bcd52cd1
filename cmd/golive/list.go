package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/golive-dev/golive/catalogue"
	"github.com/golive-dev/golive/check"
)

func (c *cli) listVerb() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the standard, and which of it is judged",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			switch format {
			case "json":
				return c.listJSON(catalogue.Requirements())
			case "text":
				return c.listText(catalogue.Requirements())
			}
			return usagef("--format %s: expected text or json", format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

// listed is one requirement of golive list --format json.
type listed struct {
	ID     string     `json:"id"`
	Title  string     `json:"title"`
	Gate   check.Gate `json:"gate"`
	Needs  check.Rung `json:"needs"`
	Judged bool       `json:"judged"`
	How    string     `json:"how"`
	Drills []string   `json:"drills"`
}

func (c *cli) listJSON(reqs []check.Requirement) error {
	list := make([]listed, len(reqs))
	for i, r := range reqs {
		list[i] = listed{r.ID, r.Title, r.Gate, r.Needs, r.Check != nil, r.How, []string{}}
		if r.Check != nil {
			list[i].Drills = append(list[i].Drills, r.Check.Drills()...)
		}
	}
	enc := json.NewEncoder(c.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string]any{"standard": catalogue.Version, "requirements": list})
}

func (c *cli) listText(reqs []check.Requirement) error {
	judged := 0
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REQUIREMENT\tGATE\tNEEDS\tJUDGED")
	for _, r := range reqs {
		how := "not judged yet"
		if r.Check != nil {
			how = "yes"
			judged++
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, r.Gate, r.Needs, how)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.stdout, "\n%d requirements, %d of them judged; the others count as unknown. golive explain ID tells more.\n", len(reqs), judged)
	return err
}
