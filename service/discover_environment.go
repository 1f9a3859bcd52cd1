package service

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Variables that the machine or the rig sets.
var machineVariable = regexp.MustCompile(`^(PATH|HOME|TMPDIR|LANG|LC_.*|PWD|USER|OTEL_.*|GOLIVE_.*)$`)

// Variables whose values belong in no file.
var secretVariable = regexp.MustCompile(`(?i)(SECRET|TOKEN|PASSWORD|PASSWD|_PASS$|API_?KEY|PRIVATE|CREDENTIAL)`)

// environment guesses the variables of the service, the first source of each
// before later ones, and the dependencies that their values address.
func (d *Draft) environment(vars []variable) {
	seen := map[string]bool{}
	for _, v := range vars {
		if seen[v.name] || len(seen) == 200 || len(v.name) > nameLimit || !variableName.MatchString(v.name) || machineVariable.MatchString(v.name) {
			continue
		}
		seen[v.name] = true
		if v.deployed {
			d.Service.Config = append(d.Service.Config, Variable{Name: v.name, Kind: kindOf(v)})
			d.From["config."+v.name] = v.from
		}
		value, ok := d.address(v)
		switch {
		case ok:
			d.set(v.name, value, v.from)
		case v.elsewhere != "":
			d.blank("run.env", v.name+": value", "it comes from "+v.elsewhere+" in "+v.from.String())
		case secretVariable.MatchString(v.name):
			d.blank("run.env", v.name+": value", "a secret, set in "+v.from.String())
		case strings.Contains(v.value, "$") || len(v.value) > 4096:
			d.blank("run.env", v.name+": value", "made of other variables in "+v.from.String())
		default:
			d.set(v.name, v.value, v.from)
		}
	}
}

func (d *Draft) set(name, value string, from Origin) {
	d.Service.Run.Env = append(d.Service.Run.Env, Pair{name, value})
	d.From["run.env."+name] = from
}

// kindOf guesses the type of a variable from its value and its name.
func kindOf(v variable) VariableKind {
	_, errInt := strconv.Atoi(v.value)
	_, errDuration := ParseDuration(v.value)
	switch u, err := url.Parse(v.value); {
	case v.name == "PORT" || strings.HasSuffix(v.name, "_PORT"):
		return PortVar
	case err == nil && u.Scheme != "" && u.Host != "", v.value == "" && strings.HasSuffix(v.name, "_URL"):
		return URLVar
	case errInt == nil:
		return IntVar
	case v.value == "true" || v.value == "false":
		return BoolVar
	case errDuration == nil:
		return DurationVar
	}
	return StringVar
}

var (
	addressSuffix = regexp.MustCompile(`_(BASE_URL|SERVICE_URL|URL|URI|DSN|ADDRESS|ADDR|ENDPOINT|HOST)$`)
	urlSuffix     = regexp.MustCompile(`_(URL|URI|DSN)$`)
	ownAddress    = regexp.MustCompile(`(?i)(PUBLIC|EXTERNAL|SELF|CALLBACK|LISTEN|BIND|FRONTEND)`)
)

// address returns v's value with a dependency's address in place of the real
// one, and adds that dependency; false where v addresses none.
func (d *Draft) address(v variable) (string, bool) {
	name := nameLike(strings.ToLower(strings.ReplaceAll(addressSuffix.ReplaceAllString(v.name, ""), "_", "-")))
	if name == "database" {
		name = "db"
	}
	if !addressSuffix.MatchString(v.name) || ownAddress.MatchString(v.name) || !dependencyName.MatchString(name) || name == "otlp" {
		return "", false
	}
	u, err := url.Parse(v.value)
	host, number, splitErr := net.SplitHostPort(v.value)
	switch kind := kindLike(name); {
	case local(host) || err == nil && local(u.Hostname()):
	case err == nil && schemes[u.Scheme] != "" && u.Host != "":
		d.dependency(name, schemes[u.Scheme], v.from)
		if path := strings.TrimRight(u.EscapedPath(), "/"); schemes[u.Scheme] == HTTP && !strings.Contains(path, "$") {
			return "${" + name + ".url}" + path, true
		}
		return "${" + name + ".url}", true
	case splitErr == nil && host != "" && number != "":
		d.dependency(name, firstKind(kind, TCP), v.from)
		return "${" + name + ".host}:${" + name + ".port}", true
	case v.value == "" && urlSuffix.MatchString(v.name):
		d.dependency(name, firstKind(kind, HTTP), v.from)
		return "${" + name + ".url}", true
	case kind != "" && strings.HasSuffix(v.name, "_HOST"):
		d.dependency(name, kind, v.from)
		return "${" + name + ".host}", true
	}
	return "", false
}

// local reports whether host is the machine itself: that is an address of the
// service and not of a dependency.
func local(host string) bool {
	return slices.Contains([]string{"localhost", "127.0.0.1", "0.0.0.0", "::1", "::"}, host)
}

var schemes = map[string]DependencyKind{
	"http": HTTP, "https": HTTP, "grpc": GRPC, "tcp": TCP, "postgres": Postgres, "postgresql": Postgres,
	"redis": Redis, "rediss": Redis, "mysql": MySQL, "kafka": Kafka, "amqp": AMQP, "amqps": AMQP,
}

var kindNames = []struct {
	name *regexp.Regexp
	kind DependencyKind
}{
	{regexp.MustCompile(`mysql|maria`), MySQL},
	{regexp.MustCompile(`kafka`), Kafka},
	{regexp.MustCompile(`amqp|rabbit`), AMQP},
	{regexp.MustCompile(`redis|cache`), Redis},
	{regexp.MustCompile(`postgres|\bpg\b|database|\bdb\b`), Postgres},
}

// kindLike guesses the kind of a dependency from its name, or "".
func kindLike(name string) DependencyKind {
	for _, k := range kindNames {
		if k.name.MatchString(strings.ToLower(name)) {
			return k.kind
		}
	}
	return ""
}

func firstKind(kinds ...DependencyKind) DependencyKind {
	return kinds[slices.IndexFunc(kinds, func(k DependencyKind) bool { return k != "" })]
}

// listen guesses how the service learns its port: from a variable or an
// argument that holds the one of its container, or else from PORT.
func (d *Draft) listen(ports ...port) {
	known := ports[max(0, slices.IndexFunc(ports, func(p port) bool { return p.number != 0 }))]
	env, used := d.Service.Run.Env, false
	own := slices.IndexFunc(env, func(p Pair) bool { return p.Name == "PORT" })
	if own >= 0 {
		env[own].Value, used = "${port}", true
	}
	if known.number != 0 {
		atEnd := regexp.MustCompile(`(^|[:= ])` + strconv.Itoa(known.number) + `$`)
		for i, pair := range env {
			if !strings.Contains(pair.Value, "${") && !strings.Contains(pair.Value, "://") && atEnd.MatchString(pair.Value) {
				env[i].Value, used = atEnd.ReplaceAllString(pair.Value, "${1}$${port}"), true
			}
		}
		for i, arg := range d.Service.Run.Command {
			if i > 0 && atEnd.MatchString(arg) {
				d.Service.Run.Command[i], used = atEnd.ReplaceAllString(arg, "${1}$${port}"), true
			}
		}
	}
	switch {
	case used:
	case known.number != 0:
		d.set("PORT", "${port}", known.from)
	default:
		d.blank("run.env", `PORT: "${port}"`, "the variable (or argument of the command) that tells the service its port")
	}
}
