package service

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

const referencePage = "../docs/golive.yaml.md"

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// keysOf returns the dotted keys of a type, NAME in place of names.
func keysOf(t reflect.Type, path string) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		if t.Kind() == reflect.Slice && keyed(t.Elem()) {
			path = join(path, "NAME")
		}
		t = t.Elem()
	}
	var keys []string
	if t.Kind() == reflect.Struct {
		for key, index := range fieldsOf(t) {
			at := join(path, key)
			keys = append(keys, at)
			// A route holds the keys of its stub, and a dependency's run
			// those of the service's: both are described once.
			if !strings.HasSuffix(at, "routes") && at != "dependencies.NAME.run" {
				keys = append(keys, keysOf(t.FieldByIndex(index).Type, at)...)
			}
		}
	}
	return keys
}

// A key that is added to the types must be explained in both references.
func TestEveryKeyIsExplained(t *testing.T) {
	page, comment := read(t, referencePage), read(t, "doc.go")
	keys := keysOf(reflect.TypeFor[Service](), "")
	if len(keys) < 60 {
		t.Fatalf("only %d keys: %v", len(keys), keys)
	}
	for _, key := range keys {
		last := key[strings.LastIndexByte(key, '.')+1:]
		if !regexp.MustCompile(`(?m)^//\t +`+last+` |^//\t`+last+` `).MatchString(comment) && !slices.Contains([]string{"name", "email", "phone"}, last) {
			t.Errorf("doc.go does not explain %s", key)
		}
		shown := strings.Replace(key, "dependencies.NAME.stub.", "stub.", 1)
		isSection := !strings.Contains(key, ".") && strings.Contains(page, "## "+key+"\n")
		isContact := regexp.MustCompile(`^owner\.\w+\.(name|email|phone)$`).MatchString(key)
		if !isSection && !isContact && !strings.Contains(page, "| `"+shown+"` |") {
			t.Errorf("%s does not explain %s", referencePage, key)
		}
	}
}

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// The example of the reference is complete: it loads, and has every key.
func TestTheReferencesExampleLoads(t *testing.T) {
	blocks := yamlBlock.FindAllStringSubmatch(read(t, referencePage), -1)
	if len(blocks) != 1 {
		t.Fatalf("%d examples", len(blocks))
	}
	s, err := Parse(FileName, []byte(blocks[0][1]))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for line := range s.Lines {
		said = append(said, line[strings.LastIndexByte(line, '.')+1:])
	}
	for _, key := range keysOf(reflect.TypeFor[Service](), "") {
		if last := key[strings.LastIndexByte(key, '.')+1:]; !slices.Contains(said, last) && key != "dependencies.NAME.without.do" {
			t.Errorf("the example does not show %s", key)
		}
	}
}

var filledIn = regexp.MustCompile(`(?m)^# (.*\S: .*|.*- \{.*|\w+:|  env:) *$`)

// What a draft leaves to be filled in loads as soon as its comments are
// opened: it is written as it may stand.
func TestBlanksOfADraftAreWrittenAsTheyMayStand(t *testing.T) {
	for _, name := range []string{"empty", "node", "python", "python-script", "go-on-kubernetes"} {
		a, err := txtar.ParseFile(filepath.Join("testdata/discover", name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		d, err := Discover(repositoryOf(t, a, name))
		if err != nil {
			t.Fatal(err)
		}
		head, body := draftHead, strings.TrimPrefix(string(d.YAML()), draftHead)
		opened := head + filledIn.ReplaceAllString(body, "$1")
		if opened == head+body {
			t.Errorf("%s has nothing to be filled in", name)
		}
		if _, err := Parse(FileName, []byte(opened)); err != nil {
			t.Errorf("%s: %v\n%s", name, err, opened)
		}
	}
}
