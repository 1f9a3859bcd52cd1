package secrets

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/report"
)

// hit is a secret found in a text. It never leaves the package.
type hit struct {
	rule, what, secret string
	line               int
	text               string // the line
}

// generic is gitleaks' rule for any long value under a telling name. It takes
// half the time of all 222 rules together, so it runs on likely lines only.
const generic = "generic-api-key"

// detector finds secrets in texts. It is safe for concurrent use.
type detector struct {
	specific *detect.Detector // every rule but generic
	generic  *detect.Detector
}

var newDetector = sync.OnceValues(func() (*detector, error) {
	all, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		return nil, fmt.Errorf("loading the rules for secrets: %w", err)
	}
	rest, one := all.Config, all.Config
	rest.Rules, one.Rules = maps.Clone(all.Config.Rules), maps.Clone(all.Config.Rules)
	delete(rest.Rules, generic)
	maps.DeleteFunc(one.Rules, func(id string, _ config.Rule) bool { return id != generic })
	d := &detector{detect.NewDetector(rest), detect.NewDetector(one)}
	// A comment does not make a secret harmless: see [aside].
	d.specific.IgnoreGitleaksAllow, d.generic.IgnoreGitleaksAllow = true, true
	return d, nil
})

// scan returns the secrets in a file's text, by line. start is the line of
// the file at which text begins.
func (d *detector) scan(path, text string, start int) []hit {
	if d.allowed(path) {
		return nil
	}
	found := hits(d.specific.Detect(detect.Fragment{Raw: text, FilePath: path, StartLine: start}))
	if !encrypted(text) {
		found = append(found, d.scanGeneric(path, text, start)...)
		found = append(found, ownRules(path, text, start)...)
	}
	found = slices.DeleteFunc(found, harmless)
	return withoutRepeats(found)
}

// allowed reports whether gitleaks leaves the file out: lock files, pictures,
// go.sum and the like.
func (d *detector) allowed(path string) bool {
	return slices.ContainsFunc(d.specific.Config.Allowlists, func(a *config.Allowlist) bool { return a.PathAllowed(path) })
}

// encrypted reports whether the long values of a text are cipher texts that
// are meant to lie open: a SealedSecret, or a file that SOPS or Ansible wrote.
func encrypted(text string) bool {
	return strings.Contains(text, "encryptedData:") && strings.Contains(text, "SealedSecret") ||
		strings.Contains(text, "ENC[AES256_GCM") || strings.HasPrefix(text, "$ANSIBLE_VAULT;")
}

// likely is what a line must hold for the generic rule to match it: a value
// of ten characters with a digit in it.
var likely = regexp.MustCompile(`[=>:|,].*[\w.=+/-]*\d`)

// scanGeneric runs the generic rule on the lines that it can match.
func (d *detector) scanGeneric(path, text string, start int) []hit {
	var lines []string
	var numbers []int
	n := start
	for line := range strings.Lines(text) {
		if len(line) > 20 && len(line) < 4096 && named(line) && likely.MatchString(line) {
			lines, numbers = append(lines, strings.TrimRight(line, "\r\n")), append(numbers, n)
		}
		n++
	}
	if lines == nil {
		return nil
	}
	found := hits(d.generic.Detect(detect.Fragment{Raw: strings.Join(lines, "\n"), FilePath: path}))
	for i := range found {
		found[i].line = numbers[min(found[i].line, len(numbers)-1)]
	}
	return found
}

var genericNames = []string{"access", "api", "auth", "key", "credential", "creds", "passw", "secret", "token"}

// named reports whether a line holds one of the generic rule's keywords.
func named(line string) bool {
	line = strings.ToLower(line)
	return slices.ContainsFunc(genericNames, func(name string) bool { return strings.Contains(line, name) })
}

func hits(findings []report.Finding) []hit {
	found := make([]hit, 0, len(findings))
	for _, f := range findings {
		found = append(found, hit{f.RuleID, f.Description, f.Secret, f.StartLine, f.Line})
	}
	return found
}

// harmless reports whether a value is a placeholder, also under base64 as in
// the data of a Secret, or – where only the shape speaks for a secret – a
// checksum by its own word, a commit, or the name of a host.
func harmless(h hit) bool {
	if Placeholder(h.secret) || vague(h.rule) == 1 && (checksum.MatchString(h.text) || hostName.MatchString(h.secret)) {
		return true
	}
	decoded, err := base64.StdEncoding.DecodeString(h.secret)
	return err == nil && len(decoded) > 0 && utf8.Valid(decoded) && Placeholder(string(decoded))
}

var (
	checksum = regexp.MustCompile(`(?i)(?:checksum|sha-?\d{1,3}|digest|hash|fingerprint|integrity|etag|version|commit|revision|_ref)\b.*\b[0-9a-f]{32,128}\b`)
	hostName = regexp.MustCompile(`^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:io|com|org|net|dev|local|test|cloud)$`)
)

// withoutRepeats sorts the hits by line and keeps one of several on a line
// about the same secret: that of the most telling rule.
func withoutRepeats(found []hit) []hit {
	slices.SortFunc(found, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(vague(a.rule), vague(b.rule)), cmp.Compare(a.rule, b.rule), cmp.Compare(a.secret, b.secret))
	})
	var kept []hit
	for _, h := range found {
		first := len(kept) // of those on the same line
		for first > 0 && kept[first-1].line == h.line {
			first--
		}
		if !slices.ContainsFunc(kept[first:], func(k hit) bool { return sameSecret(k.secret, h.secret) }) {
			kept = append(kept, h)
		}
	}
	return kept
}

func sameSecret(a, b string) bool { return strings.Contains(a, b) || strings.Contains(b, a) }

// vague ranks the rules that match by shape behind those that know a
// provider's format.
func vague(rule string) int {
	if slices.Contains(byShape, rule) {
		return 1
	}
	return 0
}

// byShape are the rules that anything of the right form satisfies; what they
// find among test data is test data.
var byShape = []string{generic, passwordRule, urlRule, "private-key", "jwt", "jwt-base64", "curl-auth-header", "curl-auth-user", "kubernetes-secret-yaml", "pkcs12-file", "hashicorp-tf-password"}
