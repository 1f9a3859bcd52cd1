package report

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/golive-dev/golive/check"
)

var _ = register(Format{
	Name:    "sarif",
	Summary: "SARIF 2.1.0, for code scanning: what does not hold, at the file and line",
	Write:   writeSARIF,
})

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	Results []sarifResult `json:"results"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID    string    `json:"id"`
	Short sarifText `json:"shortDescription"`
	Full  sarifText `json:"fullDescription"`
	Help  sarifText `json:"help"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Kind         string             `json:"kind"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations,omitempty"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI  string `json:"uri"`
	Base string `json:"uriBaseId"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
}

// writeSARIF writes what a check found wanting: a list of findings has no
// place for passes, and a requirement without a check has no finding.
func writeSARIF(w io.Writer, v *check.Verdict, o Options) error {
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "golive", Version: o.Version, Rules: []sarifRule{}}
	rules := &run.Tool.Driver.Rules
	for _, r := range v.Results {
		if !r.Judged() || r.Outcome == check.Passed || r.Outcome == check.NotApplicable {
			continue
		}
		*rules = append(*rules, sarifRuleOf(r))
		run.Results = append(run.Results, sarifResults(r, len(*rules)-1)...)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	err := e.Encode(sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{run},
	})
	if err != nil {
		return fmt.Errorf("write the verdict as SARIF: %w", err)
	}
	return nil
}

func sarifRuleOf(r check.Result) sarifRule {
	return sarifRule{
		ID: line(r.ID, 120), Short: sarifText{line(r.Title, 300)}, Full: sarifText{text(r.Why)},
		Help: sarifText{text(r.Remedy.Text) + "\n\nCheck again: " + line(r.Remedy.Recheck, maxLine)},
	}
}

// sarifResults returns one result for each place that speaks against r, and
// one without a place for what no file shows.
func sarifResults(r check.Result, rule int) []sarifResult {
	result := sarifResult{RuleID: line(r.ID, 120), RuleIndex: rule, Message: sarifText{line(r.Reason, maxLine)}}
	result.Kind, result.Level = sarifKind(r)
	if r.Outcome == check.Accepted {
		result.Suppressions = []sarifSuppression{{"external", line(r.Reason, maxLine)}}
	}
	var results []sarifResult
	for _, e := range r.Evidence {
		if loc, ok := place(e); ok && !e.OK && len(results) < maxProof {
			at := result
			at.Message.Text, at.Locations = line(e.Text, maxLine), []sarifLocation{loc}
			results = append(results, at)
		}
	}
	if results == nil {
		return []sarifResult{result}
	}
	return results
}

// sarifKind maps an outcome and a gate to SARIF's words. By its section
// 3.27.10 only a result of kind fail has a level other than none.
func sarifKind(r check.Result) (kind, level string) {
	switch {
	case r.Outcome == check.Stale:
		return "review", "none"
	case r.Outcome != check.Failed && r.Outcome != check.Accepted:
		return "open", "none"
	case r.Gate == check.GoLive:
		return "fail", "error"
	case r.Gate == check.FollowUp:
		return "fail", "warning"
	}
	return "fail", "note"
}

var fileLine = regexp.MustCompile(`^([^\s:]+):([0-9]{1,7})$`)

// place returns where in the repository e was found. Addresses look like
// file:line too, and a path that leads out of the repository is none.
func place(e check.Evidence) (sarifLocation, bool) {
	var file string
	var n int
	if e.Detail != nil && e.Detail.Location != nil {
		file, n = e.Detail.Location.File, e.Detail.Location.Line
	} else if m := fileLine.FindStringSubmatch(e.Where); m != nil {
		file = m[1]
		n, _ = strconv.Atoi(m[2]) // at most seven digits
	}
	if file == "" || file == "localhost" || net.ParseIP(file) != nil || strings.Contains(file, "://") ||
		path.IsAbs(file) || strings.HasPrefix(path.Clean(file), "..") {
		return sarifLocation{}, false
	}
	loc := sarifLocation{sarifPhysical{Artifact: sarifArtifact{(&url.URL{Path: path.Clean(clean(file))}).String(), "%SRCROOT%"}}}
	if n > 0 {
		loc.Physical.Region = &sarifRegion{n}
	}
	return loc, true
}
