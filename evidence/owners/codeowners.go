package owners

import (
	"context"
	"regexp"
	"strings"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
	"github.com/golive-dev/golive/service"
)

// places are where CODEOWNERS may lie, in the order in which GitHub and
// GitLab look; the first one counts.
var places = []string{".github/CODEOWNERS", "CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS"}

// maxRules bounds how many rules are tried on each file.
const maxRules = 2000

// codeRule is a line of CODEOWNERS.
type codeRule struct {
	line    int
	pattern string
	match   *regexp.Regexp
	owners  []string
}

// parseCodeowners reads a CODEOWNERS file. A line that cannot be read is a
// problem and decides nothing, as on GitHub.
func parseCodeowners(path, text string) (rules []codeRule, problems []evidence.Record) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		fields := strings.Fields(withoutComment(line))
		if len(fields) == 0 || section(fields[0]) {
			continue
		}
		match, err := compile(fields[0])
		if err != nil || len(rules) == maxRules {
			problems = append(problems, files.Problemf(path, n, "the pattern %q is left out: it cannot be read, or more than %d stand before it", fields[0], maxRules))
			continue
		}
		rules = append(rules, codeRule{n, fields[0], match, fields[1:]})
	}
	return rules, problems
}

func withoutComment(line string) string {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") {
		return ""
	}
	rule, _, _ := strings.Cut(line, " #")
	return rule
}

// section reports whether a line begins a section of GitLab's dialect,
// "[Backend]" or "^[Optional][2]".
func section(field string) bool {
	return strings.HasPrefix(field, "[") || strings.HasPrefix(field, "^[")
}

// compile turns a pattern of CODEOWNERS – gitignore's without negation and
// character ranges – into an expression over slash-separated paths.
func compile(pattern string) (*regexp.Regexp, error) {
	anchored := strings.Contains(strings.TrimSuffix(pattern, "/"), "/")
	body := strings.Trim(pattern, "/")
	var b strings.Builder
	b.WriteString("^")
	if !anchored {
		b.WriteString("(?:.*/)?")
	}
	for body != "" {
		switch {
		case strings.HasPrefix(body, "**/"):
			b.WriteString("(?:.*/)?")
			body = body[3:]
		case strings.HasPrefix(body, "**"):
			b.WriteString(".*")
			body = body[2:]
		case body[0] == '*':
			b.WriteString("[^/]*")
			body = body[1:]
		case body[0] == '?':
			b.WriteString("[^/]")
			body = body[1:]
		case body[0] == '\\' && len(body) > 1:
			b.WriteString(regexp.QuoteMeta(body[1:2]))
			body = body[2:]
		default:
			b.WriteString(regexp.QuoteMeta(body[:1]))
			body = body[1:]
		}
	}
	return regexp.Compile(b.String() + ending(pattern))
}

// ending is what may follow a pattern: a directory takes all below it, and
// "docs/*" takes files of docs only.
func ending(pattern string) string {
	switch {
	case strings.HasSuffix(pattern, "/"):
		return "/.*$"
	case strings.HasSuffix(pattern, "/*"):
		return "$"
	}
	return "(?:/.*)?$"
}

// decide returns a record for each rule that is the last to match some file
// of the tree, as far as ctx lets it come.
func decide(ctx context.Context, path string, rules []codeRule, t *files.Tree) []evidence.Record {
	decided := make([]int, len(rules))
	codes := make([]Code, len(rules))
	most := 0
	for _, f := range t.Files {
		if ctx.Err() != nil {
			return nil
		}
		for i := len(rules) - 1; i >= 0; i-- {
			if !rules[i].match.MatchString(f.Path) {
				continue
			}
			if decided[i]++; decided[i] == 1 {
				codes[i] = Code{Pattern: rules[i].pattern, Owners: rules[i].owners, Example: f.Path}
			}
			codes[i].Spec = codes[i].Spec || f.Path == service.FileName
			most = max(most, decided[i])
			break
		}
	}
	var records []evidence.Record
	for i, code := range codes {
		if decided[i] > 0 {
			code.Most = decided[i] == most
			records = append(records, evidence.New(CodeKind, evidence.Source{File: path, Line: rules[i].line}, code))
		}
	}
	return records
}
