package rig

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// defaultURL is where an instance answers when endpoints.url is not declared.
const defaultURL = "http://127.0.0.1:${port}"

func (r *Rig) declaredURL() string {
	if u := r.service.Endpoints.URL; u != "" {
		return u
	}
	return defaultURL
}

// fixedPort reports whether every instance wants the same port.
func (r *Rig) fixedPort() bool {
	ops := r.service.Endpoints.Ops
	return !strings.Contains(r.declaredURL(), "${port}") || ops != "" && !strings.Contains(ops, "${port")
}

// addresses returns the service's URL with a port in it, and the one that
// the paths of the endpoints are relative to.
func (r *Rig) addresses(port, opsPort string) (base, ops *url.URL, err error) {
	base, err = address("endpoints.url", r.declaredURL(), variables{"port": port})
	if declared := r.service.Endpoints.Ops; declared != "" && err == nil {
		ops, err = address("endpoints.ops", declared, variables{"port.ops": opsPort})
		return base, ops, err
	}
	return base, base, err
}

func address(key, declared string, v variables) (*url.URL, error) {
	text, err := v.expand(key, declared)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%s: %q is no http URL; write one like %s", key, text, defaultURL)
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), defaultPorts[u.Scheme])
	}
	return u, nil
}

// variables are what the values of run may name.
func (t *Trial) variables() variables {
	v := variables{
		"port": strconv.Itoa(t.port), "port.ops": strconv.Itoa(t.opsPort),
		"dir": t.dir, "otlp.url": t.otlp.URL(),
	}
	for name, p := range t.proxies {
		v.link(name, p.Addr(), t.shares[name].through(p.Addr()))
		v.login(name, t.shares[name].link)
	}
	return v
}

// login adds who the service is to a database, for configuration that is
// not one URL.
func (v variables) login(name string, link url.URL) {
	password, _ := link.User.Password()
	v[name+".user"], v[name+".password"] = link.User.Username(), password
	v[name+".database"] = strings.TrimPrefix(link.Path, "/")
}

// writeFiles writes run.files where the service finds them.
func (t *Trial) writeFiles() error {
	var errs []error
	for _, f := range t.rig.service.Run.Files {
		content, err := t.variables().expand("run.files."+f.Name, f.Value)
		if err != nil {
			return err
		}
		path := filepath.Join(t.dir, f.Name)
		errs = append(errs, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600))
	}
	return errors.Join(errs...)
}
