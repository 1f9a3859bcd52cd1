package secrets

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// The rules that gitleaks lacks: its own want ten characters of high entropy,
// which many real passwords do not have.
const (
	passwordRule = "password-in-configuration"
	urlRule      = "password-in-address"
)

// configuration are the endings of the files in which a password is one:
// in source code it is mostly a test's.
var configuration = []string{".yaml", ".yml", ".env", ".properties", ".toml", ".ini", ".conf", ".cfg", ".json", ".tfvars", ".xml"}

func isConfiguration(file string) bool {
	base := strings.ToLower(path.Base(file))
	return slices.Contains(configuration, path.Ext(base)) || strings.HasPrefix(base, ".env") || strings.HasPrefix(base, "dockerfile")
}

var passwordLine = regexp.MustCompile(`(?i)^\s*(?:-\s+|export\s+|ENV\s+|ARG\s+)?["']?[\w.-]*(?:password|passwd|passphrase)["']?\s*[:=]\s*["']?([^\s"',]{6,})["']?,?\s*(?:#.*)?$`)

// ownRules finds passwords in the lines of configuration files: under a key
// that ends in password, and within addresses of other hosts.
func ownRules(file, text string, start int) []hit {
	if !isConfiguration(file) {
		return nil
	}
	var found []hit
	n := start
	for line := range strings.Lines(text) {
		if len(line) < 4096 {
			found = append(found, ownRule(strings.TrimRight(line, "\r\n"), n)...)
		}
		n++
	}
	return found
}

func ownRule(line string, n int) []hit {
	lower := strings.ToLower(line)
	if strings.Contains(lower, "pass") {
		if m := passwordLine.FindStringSubmatch(line); m != nil && mixed(m[1]) {
			return []hit{{passwordRule, "a password in a configuration file", m[1], n, line}}
		}
	}
	if strings.Contains(line, "://") && !local(line) {
		if password := PasswordIn(line); password != "" && !strings.Contains(line, "://"+password+":") {
			return []hit{{urlRule, "an address with a password in it", password, n, line}}
		}
	}
	return nil
}

// mixed reports whether a value is more than a word: names of things that
// hold a password have no digits and signs besides . _ and -.
func mixed(value string) bool {
	sign := func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune("._-:/", r) }
	return strings.ContainsFunc(value, sign) && strings.ContainsFunc(value, unicode.IsLetter)
}

// local reports whether an address is one of this machine, where development
// databases with well-known passwords run.
func local(line string) bool {
	m := urlPassword.FindStringSubmatch(line)
	return m != nil && slices.Contains([]string{"localhost", "127.0.0.1", "[::1]", "0.0.0.0"}, m[3])
}
