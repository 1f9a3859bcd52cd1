package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/golive-dev/golive/check"
)

var _ = register(Format{
	Name:    "junit",
	Summary: "JUnit XML, for the test tab of a CI system",
	Write:   writeJUnit,
})

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Timestamp string      `xml:"timestamp,attr,omitempty"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	ClassName string        `xml:"classname,attr"`
	Name      string        `xml:"name,attr"`
	Failure   *junitProblem `xml:"failure,omitempty"`
	Skipped   *junitSkipped `xml:"skipped,omitempty"`
	Output    string        `xml:"system-out,omitempty"`
}

type junitProblem struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

func writeJUnit(w io.Writer, v *check.Verdict, _ Options) error {
	all := junitSuites{Name: "golive " + serviceName(v)}
	for _, s := range sections(v) {
		suite := junitSuite{Name: line(s.Name, 80)}
		if !v.Build.At.IsZero() {
			suite.Timestamp = v.Build.At.UTC().Format(time.RFC3339)
		}
		for _, r := range append(s.Judged, s.Unjudged...) {
			suite.add(junitResult(v, r))
		}
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Skipped += suite.Skipped
		all.Suites = append(all.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return fmt.Errorf("write the verdict as JUnit XML: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// junitResult maps an outcome to what a CI system knows. What closes the
// go-live gate is a failure, of the outcome's type. What a team cannot change,
// a requirement without a check, is skipped, and so is what is neither shown
// nor due. A skipped test is no pass either. An error would mean that golive
// broke, which is never a verdict, so there is none.
func junitResult(v *check.Verdict, r check.Result) junitCase {
	c := junitCase{ClassName: serviceName(v) + "." + line(r.Section, 80), Name: line(r.ID, 120) + ": " + line(r.Title, 300)}
	switch {
	case r.Outcome == check.Passed:
		c.Output = line(r.Reason, maxLine)
	case r.Judged() && (r.Outcome == check.Failed || r.Gate == check.GoLive && !r.Outcome.Holds()):
		c.Failure = &junitProblem{Type: string(r.Outcome), Message: line(r.Reason, maxLine), Text: junitBody(r)}
	default:
		c.Skipped = &junitSkipped{Message: string(r.Outcome) + ": " + line(r.Reason, maxLine)}
	}
	return c
}

func junitBody(r check.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s, needs %s evidence)\n", line(string(r.Outcome), 20), line(string(r.Gate), 20), r.Needs)
	kept, left := excerpt(offending(r), maxProof, against)
	for _, e := range kept {
		fmt.Fprintf(&b, "%s: %s\n", line(e.Where, 300), line(e.Text, maxLine))
	}
	if left > 0 {
		fmt.Fprintf(&b, "… and %d more\n", left)
	}
	fmt.Fprintf(&b, "why: %s\nremedy: %s\ncheck again: %s\n", text(r.Why), text(r.Remedy.Text), line(r.Remedy.Recheck, maxLine))
	return b.String()
}

func against(e check.Evidence) bool { return !e.OK }
