package service

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Each case is a golive.yaml, and all that has to be said about it.
var wrong = []struct {
	name, text string
	want       []string
}{
	{"nothing", "", []string{"1: the file says nothing; expected at least service: NAME"}},
	{"comments only", "# service: x\n\n# y\n", []string{"1: the file says nothing; expected at least service: NAME"}},
	{"null", "---\n~\n", []string{"1: the file says nothing; expected at least service: NAME"}},
	{"a list", "- service: x\n", []string{"1: the file holds a list; expected a mapping that begins with service: NAME"}},
	{"text", "\nhello\n", []string{`2: the file holds the text "hello"; expected a mapping that begins with service: NAME`}},
	{"two documents", "service: x\n---\nservice: y\n", []string{"2: a second YAML document begins; expected one document"}},
	{"no YAML", "service: x\nrun: {command: [x\n", []string{"2: did not find expected ',' or ']'; expected well-formed YAML"}},
	{"a tab", "service: x\nrun:\n\tcommand: [x]\n", []string{"3: found character that cannot start any token; expected well-formed YAML"}},
	{"a list in a mapping", "service: x\n\n- y\n", []string{"3: did not find expected key; expected well-formed YAML"}},
	{"no text", "service: x\ntier: \x01\n", []string{"2: control characters are not allowed; expected well-formed YAML"}},
	{"an unknown anchor", "service: x\ntier: *x\n", []string{"2: unknown anchor 'x' referenced; expected well-formed YAML"}},
	{"an alias cycle", "service: x\ntraffic: &t\n  - *t\n", []string{"3: an alias stands within its own anchor; expected a declaration of a few hundred values"}},
	{"a merge", "service: x\nrun:\n  <<: {command: [x]}\n  command: [y]\n", []string{"3: run.<<: a merge of mappings; expected the keys themselves"}},

	{"no name", "tier: 1\n", []string{"1: service: missing; expected text"}},
	{"a blank name", "service: ' '\n", []string{"1: service: blank; expected text"}},
	{"no value", "service:\ntraffic:\n", []string{"1: service: nothing; expected text", "2: traffic: nothing; expected a list"}},
	{"a number as name", "service: 12\n", []string{`1: service: the number 12; expected text, in quotes: "12"`}},
	{"a truth value as name", "service: true\n", []string{`1: service: the truth value true; expected text, in quotes: "true"`}},
	{"a binary name", "service: !!binary aGk=\n", []string{`1: service: a value tagged !!binary; expected text, in quotes: "aGk="`}},
	{"a list as name", "service: [x]\n", []string{"1: service: a list; expected text"}},
	{"a misspelt key", "servcie: x\n", []string{"1: servcie: unknown key, perhaps service was meant; expected one of config, dependencies, endpoints, owner, run, service, severities, slo, tier, traffic"}},
	{"a strange key", "service: x\nrun: {command: [x], volumes: y}\n", []string{"2: run.volumes: unknown key; expected one of build, command, dir, env, files, grace, start"}},
	{"a list as key", "service: x\nrun: {command: [x], env: {[a]: b}}\n", []string{"2: run.env: a list is a key; expected text as key"}},
	{"a key twice", "service: x\nservice: y\n", []string{"2: service: written twice, first on line 1; expected it once"}},

	{"tiers", "service: x\ntier: 4\n", []string{"2: tier: 4; expected 1, 2 or 3; 1 is the most important"}},
	{"tier zero", "service: x\ntier: 0\n", []string{"2: tier: 0; expected 1, 2 or 3; 1 is the most important"}},
	{"a text as tier", "service: x\ntier: one\n", []string{`2: tier: the text "one"; expected a whole number`}},
	{"a fraction as tier", "service: x\ntier: 1.5\n", []string{"2: tier: the number 1.5; expected a whole number"}},

	{"contacts", "service: x\nowner:\n  contacts: Ann\n  experts: [{}, {nme: Bob}, 7, {name: Cleo, phone: 123}]\n", []string{
		`3: owner.contacts: the text "Ann"; expected a list`,
		"4: owner.experts.1.nme: unknown key, perhaps name was meant; expected one of email, name, phone",
		`4: owner.experts.2: the number 7; expected text, in quotes: "7"`,
		`4: owner.experts.Cleo.phone: the number 123; expected text, in quotes: "123"`,
		"4: owner.experts.0: a contact that names nobody; expected name, email or phone",
	}},

	{"run without command", "service: x\nrun: {grace: 5s}\n", []string{"2: run.command: missing; expected a list, as in [bin/orders]"}},
	{"a misspelt command", "service: x\nrun: {comand: [x]}\n", []string{"2: run.comand: unknown key, perhaps command was meant; expected one of build, command, dir, env, files, grace, start"}},
	{"an empty command", "service: x\nrun: {command: []}\n", []string{"2: run.command: no program; expected a list that begins with one, as in [bin/orders]"}},
	{"a command line", "service: x\nrun: {command: bin/x -v}\n", []string{`2: run.command: the text "bin/x -v"; expected a list of texts, as in [a, b]`}},
	{"a list in a command", "service: x\nrun: {command: [[x]]}\n", []string{"2: run.command.0: a list; expected text"}},
	{"bad durations", "service: x\nrun:\n  command: [x]\n  start: soon\n  grace: -5s\n", []string{
		`4: run.start: "soon" is no duration; expected one like 800ms, 20s, 5m or 30d`,
		`5: run.grace: "-5s" is negative; expected at least 0`,
	}},
	{"a duration without unit", "service: x\nrun: {command: [x], grace: 20}\n", []string{`2: run.grace: "20" is no duration; expected one like 800ms, 20s, 5m or 30d`}},
	{"other durations", "service: x\nrun: {command: [x], grace: true, start: 0s}\n", []string{
		"2: run.grace: the truth value true; expected a duration like 800ms, 20s, 5m or 30d",
		"2: run.start: 0s; expected more than 0; leave the key out for the default",
	}},
	{"env", "service: x\nrun: {command: [x], env: {A B: c, D: , E: [f]}}\n", []string{
		"2: run.env.D: nothing; expected text",
		"2: run.env.E: a list; expected text",
		`2: run.env.A B: "A B" is no name of an environment variable; expected letters, digits and _`,
	}},
	{"a list as env", "service: x\nrun: {command: [x], env: [A=b]}\n", []string{"2: run.env: a list; expected a mapping"}},
	{"a missing variable", "service: x\nrun:\n  command: [x, '${prot}']\n  env:\n    P: ${paymets.url}\n    Q: ${payments.uri}\n    R: ${whatever}\n    S: '${port'\ndependencies: {payments: {kind: tcp}}\n", []string{
		"3: run.command.1: ${prot} names nothing known, perhaps ${port} was meant; expected ${port}, ${dir}, ${otlp.url}, ${port.ops}, ${NAME.url}, ${NAME.host}, ${NAME.port} of a dependency NAME",
		"5: run.env.P: ${paymets.url} names nothing known, perhaps ${payments.url} was meant; expected ${port}, ${dir}, ${otlp.url}, ${port.ops}, ${NAME.url}, ${NAME.host}, ${NAME.port} of a dependency NAME",
		"6: run.env.Q: ${payments.uri} names nothing known, perhaps ${payments.url} was meant; expected ${port}, ${dir}, ${otlp.url}, ${port.ops}, ${NAME.url}, ${NAME.host}, ${NAME.port} of a dependency NAME",
		"7: run.env.R: ${whatever} names nothing known; expected ${port}, ${dir}, ${otlp.url}, ${port.ops}, ${NAME.url}, ${NAME.host}, ${NAME.port} of a dependency NAME",
		`8: run.env.S: "${port" is not closed; expected a } after the name`,
	}},
	{"a variable of the shell", "service: x\nrun: {command: [sh, -c, 'exec x ${HOME}']}\n", []string{"2: run.command.2: ${HOME} names nothing known; expected ${port}, ${dir}, ${otlp.url}, ${port.ops}"}},

	{"an address for the platform", "service: x\nendpoints: {ops: 'localhost:${port}'}\nrun: {command: [x], files: {../up: a}}\n", []string{
		"2: endpoints.ops: ${port} names nothing known; expected ${port.ops}",
		`3: run.files.../up: "../up" leads out of ${dir}; expected a name below it, as in db-password`,
	}},
	{"no address for the platform", "service: x\nendpoints: {ops: 'localhost:9090'}\n", []string{
		`2: endpoints.ops: "localhost:9090"; expected an http or https URL, as in http://127.0.0.1:${port.ops}`,
	}},
	{"endpoints", "service: x\nendpoints: {url: 'localhost:${port}', live: livez, ready: '', metrics: 9, period: 0s}\n", []string{
		`2: endpoints.metrics: the number 9; expected text, in quotes: "9"`,
		`2: endpoints.live: "livez"; expected a path that begins with /, relative to endpoints.ops or else endpoints.url`,
		`2: endpoints.ready: ""; expected a path that begins with /, relative to endpoints.ops or else endpoints.url`,
		"2: endpoints.period: 0s; expected more than 0; leave the key out for the default",
		`2: endpoints.url: "localhost:${port}"; expected an http or https URL, as in http://127.0.0.1:${port}`,
	}},
	{"a variable in the URL", "service: x\nendpoints: {url: 'http://${host}:${port}'}\n", []string{"2: endpoints.url: ${host} names nothing known; expected ${port}"}},

	{"config", "service: x\nconfig:\n  A-B: {}\n  C: url\n  D: {kind: nubmer}\n  E: {required: 1}\n  F: {kind: urls}\n  D: {}\n", []string{
		`3: config.A-B: "A-B" is no name of an environment variable; expected letters, digits and _`,
		`4: config.C: the text "url"; expected a mapping`,
		`5: config.D.kind: "nubmer" is unknown; expected one of bool, duration, int, port, string, url`,
		"6: config.E.required: the number 1; expected true or false",
		`7: config.F.kind: "urls" is unknown, perhaps url was meant; expected one of bool, duration, int, port, string, url`,
		"8: config.D: written twice, first on line 5; expected it once",
	}},

	{"dependencies as a list", "service: x\ndependencies: [{name: db}]\ntraffic: [{name: a, request: GET /, uses: [db]}]\n", []string{"2: dependencies: a list; expected a mapping"}},
	{"kinds", "service: x\ndependencies:\n  a: {}\n  b: {kind: postgress}\n  c: {kind: [http]}\n", []string{
		"3: dependencies.a.kind: missing; expected one of amqp, grpc, http, kafka, mysql, postgres, redis, tcp",
		`4: dependencies.b.kind: "postgress" is unknown, perhaps postgres was meant; expected one of amqp, grpc, http, kafka, mysql, postgres, redis, tcp`,
		"5: dependencies.c.kind: a list; expected one of amqp, grpc, http, kafka, mysql, postgres, redis, tcp",
	}},
	{"names of dependencies", "service: x\ndependencies:\n  otlp: {kind: http}\n  'a/b': {kind: http}\n  c: {kind: http}\n  c: {kind: tcp}\n", []string{
		"3: dependencies.otlp: the name otlp; expected another: ${otlp.url} is the receiver of traces",
		`4: dependencies.a/b: the name "a/b"; expected letters, digits, '.', '_' and '-'`,
		"6: dependencies.c: written twice, first on line 5; expected it once",
	}},
	{"numbers of a dependency", "service: x\ndependencies:\n  a: {kind: http, attempts: 0, storm: 0.5, timeout: 0s, recovery: 0s, critical: 'yes'}\n", []string{
		`3: dependencies.a.critical: the text "yes"; expected true or false`,
		"3: dependencies.a.attempts: 0; expected at least 1: the first attempt counts",
		"3: dependencies.a.storm: 0.5; expected at least 1: a request's own call is no retry",
		"3: dependencies.a.timeout: 0s; expected more than 0; leave the key out for the default",
		"3: dependencies.a.recovery: 0s; expected more than 0; leave the key out for the default",
	}},
	{"without", "service: x\ndependencies:\n  a: {kind: http, without: fall}\n  b: {kind: http, without: {}}\n  c: {kind: http, without: {do: stale, status: 503}}\n  d: {kind: http, without: {do: fail, flag: x}}\n  e: {kind: http, without: {do: fail, status: 200}}\n", []string{
		`3: dependencies.a.without: "fall" is unknown, perhaps fail was meant; expected one of degraded, fail, stale`,
		"4: dependencies.b.without: no decision; expected do: fail, stale or degraded",
		"5: dependencies.c.without.status: a status without do: fail; expected do: fail, or no status",
		"6: dependencies.d.without.flag: a flag without do: degraded; expected do: degraded, or no flag",
		"7: dependencies.e.without.status: 200; expected a status from 400 to 599",
	}},
	{"backends", "service: x\ndependencies:\n  a: {kind: http, stub: {}, url: 'http://h'}\n  b: {kind: redis, stub: {}}\n  c: {kind: tcp, url: 'localhost:1'}\n  d: {kind: tcp, run: {}}\n", []string{
		"3: dependencies.a: stub and url; expected at most one of stub, run, url",
		"4: dependencies.b.stub: a stub of kind redis; expected kind: http; a stub speaks nothing else",
		`5: dependencies.c.url: "localhost:1"; expected a URL with scheme and host, as in postgres://127.0.0.1:5432/orders`,
		"6: dependencies.d.run.command: missing; expected a list, as in [bin/orders]",
	}},
	{"stubs", "service: x\ndependencies:\n  a:\n    kind: http\n    stub:\n      status: 99\n      json: {a: 1, a: 2, b: .inf}\n      body: x\n      headers: {a b: c}\n      routes:\n        - {request: /x}\n        - {request: GET /, routes: [{request: GET /y}], latency: -1s}\n", []string{
		"6: dependencies.a.stub.status: 99; expected a status from 200 to 599",
		"7: dependencies.a.stub.json.a: written twice, first on line 7; expected it once",
		"7: dependencies.a.stub.json.b: the number .inf; expected a number that JSON has",
		"8: dependencies.a.stub.body: json and body; expected one of the two",
		`9: dependencies.a.stub.headers.a b: "a b: c"; expected a header of HTTP`,
		`11: dependencies.a.stub.routes.0.request: "/x"; expected METHOD /path, as in GET /orders`,
		`12: dependencies.a.stub.routes.1.latency: "-1s" is negative; expected at least 0`,
		"12: dependencies.a.stub.routes.1.routes: routes within a route; expected them beside it",
	}},
	{"a cycle of dependencies", "service: x\ndependencies:\n  a: {kind: http, run: {command: [x], env: {U: '${b.url}'}}}\n  b: {kind: http, run: {command: [x, '${c.host}']}}\n  c: {kind: http, run: {command: [x], env: {U: '${a.port}', V: '${d.url}'}}}\n  d: {kind: http}\n", []string{
		"5: dependencies.c.run.env.U: a cycle: a needs b needs c needs a; expected dependencies that can be started one after another",
	}},
	{"a dependency of itself", "service: x\ndependencies:\n  a: {kind: http, run: {command: [x], env: {U: '${a.url}'}}}\n", []string{
		"3: dependencies.a.run.env.U: a cycle: a needs a; expected dependencies that can be started one after another",
	}},

	{"requests", "service: x\ntraffic:\n  - {name: a, request: /orders}\n  - {name: b, request: GET orders}\n  - {name: c, request: 'GET /a b'}\n  - {name: d}\n  - {request: GET /}\n  - GET /\n  - {name: e, request: 'GET /%zz'}\n", []string{
		`3: traffic.a.request: "/orders"; expected METHOD /path, as in GET /orders`,
		`4: traffic.b.request: "GET orders"; expected METHOD /path, as in GET /orders`,
		`5: traffic.c.request: "GET /a b"; expected METHOD /path, as in GET /orders`,
		"6: traffic.d.request: missing; expected METHOD /path, as in GET /orders",
		"7: traffic.4.name: missing; expected text",
		`8: traffic.5: the text "GET /"; expected a mapping`,
		`9: traffic.e.request: "GET /%zz"; expected METHOD /path, as in GET /orders`,
	}},
	{"a name of traffic twice", "service: x\ntraffic:\n  - {name: a, request: GET /}\n  - {name: a, request: GET}\n", []string{
		`4: traffic.1.name: the name "a" is used twice, first on line 3; expected a name of its own`,
		`4: traffic.1.request: "GET"; expected METHOD /path, as in GET /orders`,
	}},
	{"values of traffic", "service: x\ntraffic:\n  - name: a\n    request: POST /${uid}\n    json: {id: '${seqq}'}\n    body: ${x}\n    headers: {A: '${port}', B: \"c\\nd\"}\n    expect: 600\n    uses: [db]\n    peak: 200\n    timeout: 0s\n", []string{
		"4: traffic.a.request: ${uid} names nothing known, perhaps ${uuid} was meant; expected ${uuid}, ${seq}",
		"5: traffic.a.json: ${seqq} names nothing known, perhaps ${seq} was meant; expected ${uuid}, ${seq}",
		"6: traffic.a.body: json and body; expected one of the two",
		"7: traffic.a.headers.B: \"B: c\\nd\"; expected a header of HTTP",
		"7: traffic.a.headers.A: ${port} names nothing known; expected ${uuid}, ${seq}",
		"8: traffic.a.expect: 600; expected a status from 200 to 599",
		`9: traffic.a.uses.0: "db" is no dependency; expected nothing`,
		`10: traffic.a.peak: the number 200; expected text, in quotes: "200"`,
		"11: traffic.a.timeout: 0s; expected more than 0; leave the key out for the default",
	}},
	{"peaks", "service: x\ntraffic:\n  - {name: a, request: GET /, peak: 200/m}\n  - {name: b, request: GET /, peak: -1/s}\n", []string{
		`3: traffic.a.peak: "200/m"; expected requests per second, as in 200/s`,
		`4: traffic.b.peak: "-1/s"; expected requests per second, as in 200/s`,
	}},
	{"uses", "service: x\ndependencies: {db: {kind: redis}, payments: {kind: http}}\ntraffic:\n  - {name: a, request: GET /, uses: [payment, db, db]}\n", []string{
		`4: traffic.a.uses.0: "payment" is no dependency, perhaps payments was meant; expected one of db, payments`,
		`4: traffic.a.uses.2: "db" a second time; expected each dependency once`,
	}},

	{"objectives", "service: x\nslo:\n  - {name: a, objective: 100, sla: 0}\n  - {name: a, objective: high}\n  - {window: 0s, latency: 0s}\n  - {name: b, objective: 99, sla: .nan}\n", []string{
		"3: slo.a.objective: 100; expected per cent, more than 0 and less than 100, as in 99.5",
		"3: slo.a.sla: 0; expected per cent, more than 0 and less than 100, as in 99.5",
		`4: slo.1.name: the name "a" is used twice, first on line 3; expected a name of its own`,
		`4: slo.1.objective: the text "high"; expected a number`,
		"5: slo.2.name: missing; expected text",
		"5: slo.2.objective: missing; expected a number in per cent, as in 99.5",
		"5: slo.2.window: 0s; expected more than 0; leave the key out for the default",
		"5: slo.2.latency: 0s; expected more than 0; leave the key out for the default",
		"6: slo.b.sla: the number .nan; expected a number",
	}},
	{"severities", "service: x\nseverities:\n  page: {respond: 5}\n  ticket: [x]\n  page: y\n", []string{
		`3: severities.page.respond: "5" is no duration; expected one like 800ms, 20s, 5m or 30d`,
		"4: severities.ticket: a list; expected a mapping or text",
		"5: severities.page: written twice, first on line 3; expected it once",
	}},
}

func TestEveryErrorIsNamed(t *testing.T) {
	for _, c := range wrong {
		t.Run(c.name, func(t *testing.T) {
			s, err := Parse(FileName, []byte(c.text))
			if s != nil || err == nil {
				t.Fatal("nothing is wrong")
			}
			got := strings.Split(err.Error(), "\n")
			for i, want := range c.want {
				if want = FileName + ":" + want; i >= len(got) || got[i] != want {
					t.Errorf("line %d of the errors is not\n%s", i+1, want)
				}
			}
			if t.Failed() || len(got) != len(c.want) {
				t.Errorf("%d errors, want %d:\n%s", len(got), len(c.want), err)
			}
		})
	}
}

// What would take memory or time without end is refused.
func TestBombsAreRefused(t *testing.T) {
	bomb := "service: x\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 12 {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	for name, c := range map[string]struct{ text, want string }{
		"aliases": {bomb, "with its aliases expanded the file holds more than 50000 values"},
		"depth":   {"service: " + strings.Repeat("[", 60) + strings.Repeat("]", 60), "values lie more than 50 deep"},
		"length":  {"service: x #" + strings.Repeat("x", SizeLimit), "the file is longer than 1 MiB"},
	} {
		_, err := Parse(FileName, []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrorsAreErrors(t *testing.T) {
	_, err := Parse("other.yaml", []byte("tier: 9\nrun: {}\n"))
	var all Errors
	if !errors.As(err, &all) || len(all) != 3 {
		t.Fatalf("%#v", err)
	}
	if e, ok := errors.AsType[Error](err); !ok || e != all[0] || e.File != "other.yaml" {
		t.Errorf("the first error is not found: %v", e)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"command", "build", "env", "live"}
	for word, want := range map[string]string{"comand": "command", "COMMAND": "command", "biuld": "build", "evn": "env", "volumes": "", "": "", "x": "", "lvie": "live"} {
		if got := nearest(word, names); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	for _, c := range wrong {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(FileName, text)
		if err == nil {
			if s == nil || s.Name == "" || s.Lines["service"] < 1 {
				t.Errorf("a service without a name: %+v", s)
			}
			return
		}
		all, ok := errors.AsType[Errors](err)
		if !ok || len(all) == 0 || s != nil {
			t.Fatalf("%T with %v", err, s)
		}
		if !slices.IsSortedFunc(all, func(a, b Error) int { return a.Line - b.Line }) {
			t.Errorf("not by line: %v", err)
		}
		for _, e := range all {
			if e.Line < 1 || e.Line > strings.Count(string(text), "\n")+strings.Count(string(text), "\r")+2 || !strings.Contains(e.Text, "; expected ") {
				t.Errorf("%#v", e)
			}
		}
	})
}
