package rig

import (
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	vars := variables{"port": "80", "db.url": "postgres://x"}
	for in, want := range map[string]string{
		"":                         "",
		"plain $HOME":              "plain $HOME",
		":${port}":                 ":80",
		"${port}${port}":           "8080",
		"a=${db.url}&b=${port}":    "a=postgres://x&b=80",
		"price $5 at ${port} or }": "price $5 at 80 or }",
	} {
		if got, err := vars.expand("run.env.X", in); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestExpandNamesTheKeyAndWhatIsKnown(t *testing.T) {
	vars := variables{"port": "80", "dir": "/x"}
	for in, want := range map[string]string{
		"${prot}":    "run.env.X: ${prot} is unknown; known here: dir, port",
		"${port":     "run.env.X: a ${ is not closed",
		"${a} ${b}":  "${b} is unknown",
		"${db.url} ": "${db.url}",
	} {
		if _, err := vars.expand("run.env.X", in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v lacks %q", in, err, want)
		}
	}
}

func TestEnvironmentKeepsOrderAndTheLastWord(t *testing.T) {
	var e environment
	e.set("A", "1")
	e.set("B", "2")
	e.set("A", "3")
	e.unset("C")
	if got := strings.Join(e.strings(), " "); got != "A=3 B=2" {
		t.Error(got)
	}
	e.unset("A")
	if got := strings.Join(e.names(), " "); got != "B" {
		t.Error(got)
	}
}
