package service

import (
	"strconv"
	"strings"
)

func (p *page) run() {
	r := p.draft.Service.Run
	p.section(0, "run", len(r.Command) > 0)
	defer p.end()
	p.known(1, "run.build", quote(r.Build))
	if len(r.Command) == 0 && !p.draft.hasBlanks("run") {
		p.fillIn(1, "command: [bin/"+quote(nameLike(p.draft.Service.Name))+"]", "the program and its arguments; drills run it")
	}
	p.known(1, "run.command", flowList(r.Command))
	p.blanks(1, "run")
	if len(r.Env) > 0 || p.draft.hasBlanks("run.env") {
		p.section(1, "env", len(r.Env) > 0)
	}
	for _, pair := range r.Env {
		p.key(2, "run.env."+pair.Name, strconv.Quote(pair.Value))
	}
	p.blanks(2, "run.env")
	p.known(1, "run.grace", r.Grace.String())
}

func (p *page) endpoints() {
	e := p.draft.Service.Endpoints
	p.section(0, "endpoints", e != (Endpoints{}))
	defer p.end()
	for _, path := range []struct{ key, value, usual, what string }{
		{"live", e.Live, "/livez", "the path of liveness"},
		{"ready", e.Ready, "/readyz", "the path of readiness"},
		{"metrics", e.Metrics, "/metrics", "the path of Prometheus metrics"},
	} {
		p.known(1, "endpoints."+path.key, quote(path.value))
		if path.value == "" {
			p.fillIn(1, path.key+": "+path.usual, path.what)
		}
	}
	p.known(1, "endpoints.period", e.Period.String())
}

func (p *page) config() {
	vars := p.draft.Service.Config
	p.section(0, "config", len(vars) > 0)
	defer p.end()
	for _, v := range vars {
		p.marked(1, quote(v.Name)+": {kind: "+string(v.Kind)+"}", "config."+v.Name)
	}
	p.fillIn(1, "NAME: {kind: url, required: false}", "variables without which the service starts, and others that it reads")
}

func (p *page) dependencies() {
	list := p.draft.Service.Dependencies
	p.section(0, "dependencies", len(list) > 0)
	defer p.end()
	if len(list) == 0 && !p.draft.hasBlanks("dependencies") {
		p.fillIn(1, "payments: {kind: http, timeout: 800ms, without: fail}", "what the service calls")
	}
	for _, d := range list {
		at := "dependencies." + d.Name
		p.marked(1, quote(d.Name)+":", at)
		p.key(2, at+".kind", string(d.Kind))
		p.fillIn(2, "critical: true", "whether readiness follows it")
		p.fillIn(2, "timeout: 800ms", "how long one attempt may take")
		p.fillIn(2, "without: fail", "what a request gets when it is down: fail, stale or degraded")
		switch d.Kind {
		case HTTP, Postgres, Redis: // golive plays or starts them
		default:
			p.fillIn(2, "url: "+string(d.Kind)+"://127.0.0.1:9999", "where the real thing is, or run: how it is started")
		}
		if d.Stub != nil {
			p.marked(2, "stub: {status: "+strconv.Itoa(d.Stub.Status)+"}", at+".stub")
			p.line(2, "# fill in: what it answers (body, json, routes), or run or url in place of stub")
		}
	}
	p.blanks(1, "dependencies")
}

func (p *page) traffic() {
	list := p.draft.Service.Traffic
	p.section(0, "traffic", len(list) > 0)
	defer p.end()
	if len(list) == 0 && !p.draft.hasBlanks("traffic") {
		p.fillIn(1, "- {name: home, request: GET /, expect: 200}", "what users send")
	}
	for _, t := range list {
		at := "traffic." + t.Name
		p.marked(1, "- name: "+quote(t.Name), at)
		p.marked(2, "request: "+quote(t.Request), at)
		if t.JSON != nil {
			p.marked(2, "json: "+flow(t.JSON), at)
		}
		p.marked(2, "expect: "+strconv.Itoa(t.Expect), at)
		p.blanks(2, at)
		if names := dependencyList(p.draft.Service.Dependencies); names != "" {
			p.fillIn(2, "uses: ["+names+"]", "the dependencies that it needs")
		}
	}
	p.blanks(1, "traffic")
}

func dependencyList(list []Dependency) string {
	names := make([]string, len(list))
	for i, d := range list {
		names[i] = quote(d.Name)
	}
	return strings.Join(names, ", ")
}
