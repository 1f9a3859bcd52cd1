package deployment

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "deployment/config-from-environment",
	Title: "A missing or malformed variable stops the start with a message that names it",
	Why: `A service that starts without its configuration fails later, in front of a user, with an
error that names something else.`,
	Gate:  check.FollowUp,
	Needs: check.Proven,
	How: `The drill config starts the service without each required variable of config (or, where
config declares none, without each address of a dependency in run.env) and with each typed
one malformed. It must exit within seconds, with a code other than 0, and its output must
name the variable.`,
	Reads: []evidence.Kind{evidence.Recorded("config")},
	Judge: judgeConfig,
	Remedy: check.Remedy{Text: `Read all variables in one place before anything else starts, collect every error, write
them with the variables' names (never their values) and exit with 1. Parse what has a type:
URLs with scheme and host, ports, durations. Declare in golive.yaml under config what is
optional.`},
})

func judgeConfig(p *check.Pass) error {
	rec, err := p.Drill("config")
	if err != nil {
		return err
	}
	if _, err := p.Trial(rec, "control"); err != nil {
		return err
	}
	var undecided []error
	for _, trial := range startsOf(p.Service(), rec) {
		events, err := p.Trial(rec, trial)
		if err != nil {
			undecided = append(undecided, err)
			continue
		}
		judgeVariable(p, trial, events)
	}
	return errors.Join(undecided...)
}

// startsOf lists the starts that the drill must have tried: those of the
// declared variables or, where none is declared, those that it found to try.
func startsOf(s *service.Service, rec *evidence.Recording) []string {
	var starts []string
	for _, v := range s.Config {
		if v.MustBeSet() {
			starts = append(starts, v.Name+"/missing")
		}
		if v.Kind != "" && v.Kind != service.StringVar {
			starts = append(starts, v.Name+"/malformed")
		}
	}
	for _, trial := range rec.Trials() {
		if len(s.Config) == 0 && trial != "control" {
			starts = append(starts, trial)
		}
	}
	return starts
}

func judgeVariable(p *check.Pass, trial string, events []evidence.Event) {
	name, how, _ := strings.Cut(trial, "/")
	fail := func(format string, args ...any) {
		p.Fail(check.Evidence{Rung: check.Proven, Where: "drill config, " + trial,
			Text: fmt.Sprintf("%s %s: ", name, how) + fmt.Sprintf(format, args...), Detail: lastLines(events)})
	}
	_, exit, exited := evidence.InState(events, evidence.Exited)
	_, _, killed := evidence.InState(events, evidence.Killed)
	switch {
	case killed:
		fail("the service exited and left processes behind")
	case !exited:
		fail("the service went on running")
	case exit.Exit == nil || *exit.Exit == 0:
		fail("the service exited with code 0, which says that all is well")
	case !names(events, name):
		fail("the service exited with code %d without naming the variable", *exit.Exit)
	default:
		p.Showf(check.Proven, "drill config, "+trial, "exited with code %d and named %s", *exit.Exit, name)
	}
}

// names reports whether the output holds the variable's name, in whatever case
// and with whatever between its parts: pydantic writes database_url, Spring
// database.url.
func names(events []evidence.Event, name string) bool {
	return slices.ContainsFunc(output(events), func(line string) bool { return holdsWord(line, name) })
}

// output returns what the instance wrote, as lines.
func output(events []evidence.Event) []string {
	var lines []string
	for _, l := range evidence.Lines(events) {
		lines = append(lines, l.Text)
	}
	for _, i := range evidence.Instances(events) {
		lines = append(lines, i.Lines...)
	}
	return lines
}

// holdsWord reports whether line holds word, not as a part of another: PORT is
// not in STORE_PORT.
func holdsWord(line, word string) bool {
	parts := strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune("_-. ", r) })
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	if len(parts) == 0 {
		return false
	}
	line = strings.NewReplacer(`\n`, " ", `\t`, " ").Replace(line) // as JSON writes line breaks
	pattern := `(?i)(^|[^a-z0-9_])` + strings.Join(parts, `[_.-]?`) + `($|[^a-z0-9_])`
	return regexp.MustCompile(pattern).MatchString(line)
}

// lastLines shows the end of the instance's output.
func lastLines(events []evidence.Event) *check.Detail {
	const most = 12
	var lines []check.LogLine
	for _, l := range evidence.Lines(events) {
		lines = append(lines, check.LogLine{Stream: l.Stream, Text: l.Text})
	}
	if len(lines) == 0 {
		return nil
	}
	return &check.Detail{Log: &check.Log{Lines: lines[max(0, len(lines)-most):]}}
}
