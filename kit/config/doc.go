// Package config reads a service's configuration from the environment into a
// struct, once, at the start.
//
//	type Config struct {
//		Port     uint16        `env:"PORT" default:"8080" min:"1" usage:"where to listen"`
//		Payments *url.URL      `env:"PAYMENTS_URL" scheme:"http,https"`
//		Timeout  time.Duration `env:"PAYMENTS_TIMEOUT" default:"800ms" min:"1ms" max:"10s"`
//		Regions  []string      `env:"REGIONS" optional:"true" oneof:"eu,us"`
//		Database struct {
//			URL          string `env:"URL"`
//			PasswordFile string `env:"PASSWORD_FILE"`
//		} `prefix:"DB_"`
//	}
//
//	c, err := config.Load[Config](os.LookupEnv)
//	// PORT is malformed: must be a whole number from 1 to 65535; DB_URL is missing
//
// The error names all variables at once, so that one restart mends them, and
// never a value, since what is malformed is at times a password in the wrong
// variable.
//
// # Types
//
// A field may be a string, a bool, an integer, a float, a [time.Duration], a
// [net/url.URL] (absolute, with a host), any type with the method
// UnmarshalText, a type named after one of these, a pointer to one, or a slice
// of them, whose items are separated by commas. A pointer is nil where an
// optional variable is missing. A type named after Duration or URL is neither any
// more, unless it has that method. Numbers are decimal; floats are finite; a bool is
// what [strconv.ParseBool] takes. Spaces count, but around the items of a list.
//
// # Tags
//
//	env       the variable. A field without it is left alone, a struct entered
//	prefix    what precedes the names of all variables of a struct
//	default   the value where the variable is missing. It must be valid, too
//	optional  "true": may be missing, and the field keeps its zero value
//	min, max  the least and the greatest number or duration
//	oneof     the allowed values, separated by commas
//	scheme    the allowed schemes of a URL, separated by commas
//	password  "allowed": the URL may hold a password, see below
//	usage     a sentence for [Describe]
//
// min, max, oneof, scheme and password hold for each item of a list. A variable
// with neither default nor optional is required. An empty one counts as
// missing: a template that could not be filled leaves such behind.
//
// If *T has a method Validate() error, it is called last, with everything
// filled; there belongs what concerns more than one field.
//
// # Secrets
//
// The environment is no place for them: it is inherited by children, shown by
// inspection of a process and its container, and cannot be rotated. Hence a
// field of type [github.com/golive-dev/golive/kit/redact.Secret] is refused, and
// so is a URL with a password, unless it is tagged as allowed. Let a variable
// name a file and read that by package secret, which follows its rotation.
//
// # Limits
//
// The environment is the only source: no files of settings, no flags, no
// reloading. What must change while the service runs is a switch or a secret.
//
// Requirements: deployment/config-from-environment, security/secrets-storage
package config
