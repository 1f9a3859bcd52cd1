package service

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what Discover makes of the fixtures into them")

const wanted = "want.yaml"

// repositoryOf writes the files of an archive into a new directory.
func repositoryOf(t *testing.T, a *txtar.Archive, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		if f.Name != wanted {
			write(t, filepath.Join(dir, f.Name), f.Data)
		}
	}
	return dir
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestDiscoverFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/discover/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := discovered(t, repositoryOf(t, a, name))
			if *update {
				rewrite(t, file, a, got)
			}
			for _, f := range a.Files {
				if f.Name == wanted {
					if diff := cmp.Diff(string(f.Data), string(got)); diff != "" {
						t.Errorf("draft (-want +got):\n%s", diff)
					}
					return
				}
			}
			t.Error("the fixture has no", wanted)
		})
	}
}

// discovered returns the draft of a repository and proves that what was
// written can be loaded.
func discovered(t *testing.T, dir string) []byte {
	t.Helper()
	d, err := Discover(dir)
	if err != nil {
		t.Fatal(err)
	}
	text := d.YAML()
	write(t, filepath.Join(dir, FileName), text)
	if _, err := Load(dir); err != nil {
		t.Errorf("the draft does not load: %v\n%s", err, text)
	}
	return text
}

func rewrite(t *testing.T, file string, a *txtar.Archive, got []byte) {
	t.Helper()
	a.Files = append(deleteFile(a.Files), txtar.File{Name: wanted, Data: got})
	write(t, file, txtar.Format(a))
}

func deleteFile(files []txtar.File) []txtar.File {
	var kept []txtar.File
	for _, f := range files {
		if f.Name != wanted {
			kept = append(kept, f)
		}
	}
	return kept
}

func TestDiscoverWhereNothingIs(t *testing.T) {
	if _, err := Discover(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("a directory that does not exist was looked at")
	}
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	if _, err := Discover(file); err == nil {
		t.Error("a file was taken for a directory")
	}
}

// Links could lead out of the repository or back into it.
func TestDiscoverFollowsNoLinks(t *testing.T) {
	outside := t.TempDir()
	write(t, filepath.Join(outside, "Dockerfile"), []byte("FROM x\nCMD [\"outside\"]\n"))
	dir := t.TempDir()
	for name, target := range map[string]string{"Dockerfile": filepath.Join(outside, "Dockerfile"), "loop": dir, "out": outside} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	d, err := Discover(dir)
	if err != nil {
		t.Fatal(err)
	}
	if d.Service.Run.Command != nil {
		t.Errorf("read %v through a link", d.Service.Run.Command)
	}
}

func TestDiscoverNamesWhatItCannotRead(t *testing.T) {
	d, err := discover(fstest.MapFS{
		"Dockerfile":   {Data: []byte("FROM x\x00\n")},
		"package.json": {Data: []byte("{")},
		"a.yaml":       {Data: bytes.Repeat([]byte("#"), SizeLimit+1)},
		"openapi.yaml": {Data: []byte("openapi: 3.0.0\npaths: 7\n")},
	}, text{"x", Origin{File: "the test"}})
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(d.Unread, "\n")
	for _, want := range []string{"Dockerfile: binary", "package.json: no JSON", "a.yaml: longer than 1 MiB", "openapi.yaml: "} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing says %q in:\n%s", want, all)
		}
	}
	if _, err := Parse(FileName, d.YAML()); err != nil {
		t.Error(err)
	}
}

func TestDiscoverEndsAtItsLimits(t *testing.T) {
	many := fstest.MapFS{}
	for i := range filesLimit + 10 {
		many[fmt.Sprintf("d/%d.txt", i)] = &fstest.MapFile{}
	}
	d, err := discover(many, text{"x", Origin{File: "the test"}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(d.Unread, "\n"), "more than 20000 files") {
		t.Errorf("the limit is not named: %v", d.Unread)
	}
}

// YAML takes no key of more than 1,024 characters.
func TestDiscoverLeavesOutLongNames(t *testing.T) {
	long := strings.Repeat("x", 2000)
	api := `{"openapi": "3.0.0", "info": {"title": "x", "version": "1"}, "paths": {"/": {"post": {
		"requestBody": {"content": {"application/json": {"example": {? "` + long + `" : 1}}}}, "responses": {"200": {"description": "x"}}}}}}`
	d, err := discover(fstest.MapFS{
		"Dockerfile":        {Data: []byte("FROM x\nENV " + long + "=1\nCMD [\"x\"]\n")},
		"openapi.yaml":      {Data: []byte(api)},
		"catalog-info.yaml": {Data: []byte("apiVersion: backstage.io/v1\nkind: Component\nspec: {dependsOn: [component:" + long + "]}\n")},
	}, text{"x", Origin{File: "the test"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(FileName, d.YAML()); err != nil || len(d.Service.Run.Env) != 0 || len(d.Service.Traffic) != 0 || !d.hasBlanks("traffic") {
		t.Errorf("%v\n%s", err, d.YAML())
	}
}

// What files are fuzzed, each by a text of its own.
var fuzzed = []string{"Dockerfile", "deploy/orders.yaml", "catalog-info.yaml", "api/openapi.yaml", "package.json"}

// A guess of any files whatever must be a declaration that loads.
func FuzzDiscover(f *testing.F) {
	for _, fixture := range []string{"go-on-kubernetes", "node", "hostile"} {
		a, err := txtar.ParseFile("testdata/discover/" + fixture + ".txtar")
		if err != nil {
			f.Fatal(err)
		}
		var seeds [5]string
		for i, name := range fuzzed {
			for _, file := range a.Files {
				if file.Name == name {
					seeds[i] = string(file.Data)
				}
			}
		}
		f.Add(seeds[0], seeds[1], seeds[2], seeds[3], seeds[4])
	}
	f.Fuzz(func(t *testing.T, image, manifest, catalogue, api, node string) {
		tree := fstest.MapFS{}
		for i, content := range []string{image, manifest, catalogue, api, node} {
			tree[fuzzed[i]] = &fstest.MapFile{Data: []byte(content)}
		}
		d, err := discover(tree, text{"x", Origin{File: "the fuzz"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(FileName, d.YAML()); err != nil {
			t.Errorf("the draft does not load: %v\n%s", err, d.YAML())
		}
	})
}
