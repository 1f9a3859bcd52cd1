package docker

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/evidencetest"
	"github.com/golive-dev/golive/evidence/files"
)

const example = `# syntax=docker/dockerfile:1
ARG GO=1.26.3
# USER root in a comment
FROM golang:${GO} AS build
ARG TOKEN=hunter2
ADD https://example.com/tool.tgz \
    /tools/
RUN <<EOF
USER root
EXPOSE 99
EOF
FROM gcr.io/distroless/static@sha256:` + digits + ` AS base
USER 65532:65532
FROM base
ENV PORT=8080 EMPTY=
COPY --from=build /bin/orders /orders
EXPOSE ${PORT} 9090/tcp
ENTRYPOINT ["/orders", "--serve"]
CMD run it
`

const digits = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func read(t *testing.T, text string) (*Dockerfile, string) {
	t.Helper()
	records := evidencetest.Collect(t, Collector{}, map[string]string{"Dockerfile": text})
	if len(records) != 1 {
		t.Fatalf("%d records", len(records))
	}
	switch data := records[0].Data.(type) {
	case Dockerfile:
		return &data, ""
	case files.Problem:
		return nil, data.Text
	}
	t.Fatalf("a record holds a %T", records[0].Data)
	return nil, ""
}

func TestSuite(t *testing.T) {
	evidencetest.Run(t, Collector{}, map[string]string{
		"Dockerfile": example, "build/Containerfile": "FROM scratch\n", "orders.Dockerfile": "FROM a AS b\nFROM b\n", "Dockerfile.dev": "from x\n",
	})
}

func TestStages(t *testing.T) {
	d, _ := read(t, example)
	want := []Stage{
		{
			From: "golang:1.26.3", Name: "build", Line: 4,
			AddedURLs: []Text{{"https://example.com/tool.tgz", 6}},
			Env:       []EnvName{{Name: "TOKEN", Arg: true, Line: 5}},
		},
		{From: "gcr.io/distroless/static@sha256:" + digits, Name: "base", Line: 12, User: Text{"65532:65532", 13}},
		{
			From: "base", Line: 14,
			Env:        []EnvName{{Name: "PORT", Line: 15}, {Name: "EMPTY", Empty: true, Line: 15}},
			Expose:     []Text{{"8080", 17}, {"9090/tcp", 17}},
			Entrypoint: Command{Words: []string{"/orders", "--serve"}, Line: 18},
			Cmd:        Command{Words: []string{"run it"}, Shell: true, Line: 19},
		},
	}
	if diff := cmp.Diff(want, d.Stages); diff != "" {
		t.Error(diff)
	}
	if got := d.User(); got != (Text{"65532:65532", 13}) || got.Root() || !got.Numeric() {
		t.Errorf("the final user is %+v", got)
	}
	if got := d.Bases(true); len(got) != 1 || got[0].Line != 12 {
		t.Errorf("the final image is built on %+v", got)
	}
	if got := d.Bases(false); len(got) != 2 || got[0] != (Text{"golang:1.26.3", 4}) {
		t.Errorf("the file builds on %+v", got)
	}
}

func TestNoValueIsKept(t *testing.T) {
	records := evidencetest.Collect(t, Collector{}, map[string]string{"Dockerfile": example})
	var out strings.Builder
	if err := evidence.NewSet(nil, evidence.Build{}, records).Write(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Error("the value of an ARG went into the evidence")
	}
}

func TestUsers(t *testing.T) {
	tests := map[string]struct {
		user          string
		root, numeric bool
	}{
		"FROM a\n":                                       {"", false, false},
		"FROM a\nUSER app\nUSER root\n":                  {"root", true, false},
		"FROM a\nUSER 0:0\n":                             {"0:0", true, true},
		"FROM a AS x\nUSER 7\nFROM X\n":                  {"7", false, true},
		"FROM a AS x\nUSER 7\nFROM b\n":                  {"", false, false},
		"ARG U=7\nFROM a\nARG U\nUSER $U\n":              {"7", false, true},
		"FROM a\nARG U\nUSER $U\n":                       {"$U", false, false},
		"FROM a\nENV U=app\nUSER ${U:-root}\n":           {"app", false, false},
		"FROM b AS x\nUSER 9\nFROM x AS x\nUSER nobody ": {"nobody", false, false},
	}
	for text, want := range tests {
		d, problem := read(t, text)
		if problem != "" {
			t.Fatalf("%q: %s", text, problem)
		}
		if got := d.User(); got.Value != want.user || got.Root() != want.root || got.Numeric() != want.numeric {
			t.Errorf("%q: user %+v, root %t, numeric %t", text, got, got.Root(), got.Numeric())
		}
	}
}

func TestBadFilesCostOneProblem(t *testing.T) {
	for text, want := range map[string]string{
		"RUN true\n": "it has no FROM", "": "no Dockerfile: file with no instructions", "FROM a\nENV x\n": "no Dockerfile: ",
	} {
		if _, problem := read(t, text); !strings.Contains(problem, want) {
			t.Errorf("%q: problem %q, want %q", text, problem, want)
		}
	}
}

func TestGrowingVariablesAreBounded(t *testing.T) {
	bomb := "FROM a\nARG A0=xx\n"
	for i := 1; i < 80; i++ {
		bomb += fmt.Sprintf("ARG A%d=$A%d$A%d\n", i, i-1, i-1)
	}
	if d, _ := read(t, bomb+"USER $A79\n"); len(d.User().Value) > maxValue {
		t.Errorf("the user's name has %d bytes", len(d.User().Value))
	}
}

func TestReferences(t *testing.T) {
	tests := []struct {
		image string
		want  Reference
		how   string
		ok    bool
	}{
		{"orders", Reference{"docker.io", "orders", "", ""}, "no tag", false},
		{"shop/orders:latest", Reference{"docker.io", "shop/orders", "latest", ""}, "latest can move", false},
		{"ghcr.io/shop/orders:1.4.2", Reference{"ghcr.io", "shop/orders", "1.4.2", ""}, "full version 1.4.2", true},
		{"localhost:5000/orders:v1.4.2-rc.1", Reference{"localhost:5000", "orders", "v1.4.2-rc.1", ""}, "full version", true},
		{"localhost/orders:1.4", Reference{"localhost", "orders", "1.4", ""}, "1.4 can move", false},
		{"golang:1.26.3-alpine3.22", Reference{"docker.io", "golang", "1.26.3-alpine3.22", ""}, "full version", true},
		{"golang:1.26-alpine3.22", Reference{"docker.io", "golang", "1.26-alpine3.22", ""}, "can move", false},
		{"orders:sha-3f2a91c", Reference{"docker.io", "orders", "sha-3f2a91c", ""}, "commit 3f2a91c", true},
		{"orders:defaced", Reference{"docker.io", "orders", "defaced", ""}, "can move", false},
		{"orders:main", Reference{"docker.io", "orders", "main", ""}, "can move", false},
		{"a.b/c:1@sha256:" + digits, Reference{"a.b", "c", "1", "sha256:" + digits}, "by digest", true},
		{"a.b/c@sha256:abc", Reference{"a.b", "c", "", "sha256:abc"}, "malformed", false},
	}
	for _, tt := range tests {
		r := ParseReference(tt.image)
		how, ok := r.Pinned()
		if r != tt.want || ok != tt.ok || !strings.Contains(how, tt.how) {
			t.Errorf("%s: %+v, pinned %t %s", tt.image, r, ok, how)
		}
	}
	if !ParseReference("gcr.io/distroless/static:nonroot").NonRoot() || ParseReference("gcr.io/distroless/static").NonRoot() {
		t.Error("the nonroot tag of distroless images is not told from the others")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, r := range parse(files.File{Path: "Dockerfile", Text: text}) {
			if d, ok := r.Data.(Dockerfile); ok {
				d.User()
				d.Bases(true)
			}
		}
	})
}
