package catalogue

import (
	"strings"

	"github.com/golive-dev/golive/check"
)

var gates = map[string]check.Gate{"G": check.GoLive, "F": check.FollowUp, "A": check.Advised}

var rungs = map[string]check.Rung{"D": check.Declared, "F": check.Found, "O": check.Observed, "P": check.Proven}

// rows reads the requirements out of the tables of a standard.
func rows(text string) []check.Requirement {
	var reqs []check.Requirement
	section := ""
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.TrimSpace(title)
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if section == "" || len(cells) != 5 || gates[strings.TrimSpace(cells[1])] == "" {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		reqs = append(reqs, check.Requirement{
			ID: section + "/" + cells[0], Gate: gates[cells[1]], Title: cells[2],
			Needs: rungs[cells[3]], How: cells[4],
		})
	}
	return reqs
}

// version reads the line "Version: …" of a standard.
func version(text string) string {
	_, rest, _ := strings.Cut(text, "\nVersion: ")
	v, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(v)
}
