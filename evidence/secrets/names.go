package secrets

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// SensitiveName reports whether a variable of that name holds a secret by
// convention: it ends in PASSWORD, TOKEN, SECRET, API_KEY and the like.
// DB_PASSWORD_FILE, TOKEN_TTL, SECRET_NAME and USE_TOKEN hold something else.
func SensitiveName(name string) bool {
	name = camel.ReplaceAllString(name, "${1}_${2}")
	return sensitiveName.MatchString(name) && !switchName.MatchString(name)
}

var (
	switchName    = regexp.MustCompile(`(?i)^(?:use|enable|disable|has|require|allow|is|skip)[_.-]`)
	camel         = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	sensitiveName = regexp.MustCompile(`(?i)(?:^|[_.-])(?:[a-z0-9]*password|passwd|pwd|passphrase|[a-z]*token|[a-z]*secret|` +
		`(?:api|private|secret|access|encryption|signing|account|master|jwt|hmac|auth)[_.-]?key|apikey|credentials?)[_.-]?\d*$`)
)

// Literal reports whether the value of a variable called name is a secret in
// plain text: any value that is no reference under a sensitive name, or an
// address with a password in it under any.
func Literal(name, value string) bool {
	value = strings.TrimSpace(value)
	if PasswordIn(value) != "" {
		return true
	}
	return SensitiveName(name) && value != "" && !reference(value) && !plainWord(value)
}

// PasswordIn returns the password within an address such as
// postgres://user:password@host/db, or "" when there is none or it is a
// placeholder.
func PasswordIn(address string) string {
	m := urlPassword.FindStringSubmatch(address)
	if m == nil {
		return ""
	}
	password := m[2]
	if unescaped, err := url.QueryUnescape(password); err == nil {
		password = unescaped
	}
	if Placeholder(password) {
		return ""
	}
	return password
}

var urlPassword = regexp.MustCompile(`\b[a-zA-Z][a-zA-Z0-9+.-]*://([^\s:/@?#'"]*):([^\s/@'"]+)@([^\s/:?'"]+)`)

// reference reports whether a value only names the place of a secret.
func reference(value string) bool {
	return referencePattern.MatchString(value) || strings.HasPrefix(value, "/") || strings.HasPrefix(value, "./")
}

var referencePattern = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`\$\{?\{?[^}]*\}?\}?`, `\$\([^)]*\)`, `\{\{.*\}\}`, `<[^<>]+>`, `%[A-Za-z_{][^%]*%?`, `\[[^\]]*\]`, // filled in later
	`ENC\[.*`, `ENC\(.*`, `AgA?B?[A-Za-z0-9+/]{200,}=*`, // encrypted
	`(?:vault|ref\+\w+|op|sm|secretsmanager|awssm|azurekv|gcpsm|file|env|berglas|keyvault|akeyless|doppler|bao|asm|ssm|kms|sops|secret):.+`,
	`arn:aws[\w-]*:.+`, `projects/[^/]+/secrets/.+`, `@Microsoft\.KeyVault\(.*`,
	`(?i)(?:process|os|config|settings|secrets|vars?|local|data|module|each|input|self|values)\.[\w.\[\]"'()-]+`, // an expression
}, "|") + `)$`)

// plainWord reports whether a value is of a kind that no secret is: a switch,
// a number of a few digits, nothing.
func plainWord(value string) bool {
	return plainPattern.MatchString(value)
}

var plainPattern = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|null|none|nil|enabled|disabled|required|optional|\d{1,5}(?:ms|s|m|h|d)?)$`)

// Placeholder reports whether a value stands for a secret that is put in its
// place elsewhere, or is one that everybody knows.
func Placeholder(value string) bool {
	value = strings.Trim(strings.TrimSpace(value), `"'`+"`")
	lower := strings.ToLower(value)
	return value == "" || reference(value) || plainWord(value) || allSame(lower) ||
		slices.Contains(wellKnown, strings.TrimRight(lower, "0123456789!")) || placeholderPattern.MatchString(lower)
}

// wellKnown are the words that stand in examples and development set-ups.
var wellKnown = strings.Fields(`password passwd pass pwd secret token key apikey api_key test testing dev local localhost
	admin root user guest postgres mysql redis rabbitmq minio minioadmin mongo app demo example sample dummy fake foo bar baz foobar
	string str text integer int object array boolean any hidden masked redacted unknown undefined default`)

var placeholderPattern = regexp.MustCompile(strings.Join([]string{
	`change[_ -]?(?:me|it|this)`, `replace[_ -]?(?:me|this|with)`, `placeholder`, `example`, `redacted`, `dummy`, `\bfake`, `sample`,
	`(?:your|my|the|some|insert|enter)[_ -]?[a-z_ -]*(?:password|token|secret|key|here)`, `not[_ -]?a?[_ -]?(?:real|secret)`,
	`^x{3,}`, `x{6,}`, `\*{3,}`, `\.{3}`, `…`, `^<.*>$`, `\$\{`, `\$\(`, `\{\{`, `^todo`, `^tbd`, `^none`, `^1234567890?$`, `^abc123$`,
}, "|"))

func allSame(s string) bool {
	return s != "" && strings.Count(s, s[:1]) == len(s)
}
