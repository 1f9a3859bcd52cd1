package kube

import (
	"bytes"
	"path"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// maxObjects bounds the objects of one file.
const maxObjects = 5_000

// parser reads the objects of one file.
type parser struct {
	file    string
	records []evidence.Record
	objects int
	nodes   int
	torn    int // documents that hold template expressions and are no YAML
}

func parse(f files.File) []evidence.Record {
	if !promising(f.Text) && !bytes.Contains(f.Text, []byte("apiVersion")) {
		return nil
	}
	text := f.Text
	if path.Ext(f.Path) == ".json" {
		// YAML forbids tabs as indentation; in JSON none can stand in a text.
		text = bytes.ReplaceAll(text, []byte("\t"), []byte(" "))
	}
	p := parser{file: f.Path}
	for doc := range documents(text) {
		if !promising(doc.text) {
			continue
		}
		if p.objects >= maxObjects {
			p.problem(doc.offset+1, "more than %d objects in one file; those from here on are left out", maxObjects)
			break
		}
		p.document(doc)
	}
	if p.torn > 0 {
		p.problem(0, "holds template expressions ({{ … }}), which are not rendered yet, so %s in it cannot be judged", count(p.torn, "document"))
	}
	return p.records
}

func (p *parser) problem(line int, format string, args ...any) {
	p.records = append(p.records, files.Problemf(p.file, line, format, args...))
}

func (p *parser) document(doc document) {
	var root yaml.Node
	err := yaml.Unmarshal(doc.text, &root)
	line, what := position(err, doc.offset)
	if err == nil && len(root.Content) == 1 {
		err = p.list(root.Content[0], doc.offset)
		line, what = position(err, 0)
	}
	switch {
	case err != nil && bytes.Contains(doc.text, []byte("{{")):
		p.torn++
	case err != nil:
		p.problem(line, "left out: %s", what)
	}
}

var yamlPosition = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)`)

// position takes the line out of the parser's message and counts it from the
// beginning of the file.
func position(err error, offset int) (line int, text string) {
	if err == nil {
		return 0, ""
	}
	m := yamlPosition.FindStringSubmatch(strings.ReplaceAll(err.Error(), "\n", " "))
	if n, err := strconv.Atoi(m[1]); err == nil {
		return n + offset, m[2]
	}
	return offset + 1, m[2]
}

// list adds the objects of a list, or n itself when it is none. A list in a
// list is no list, which also keeps one that holds itself from having no end.
func (p *parser) list(n *yaml.Node, offset int) error {
	items := field(n, "items")
	if !strings.HasSuffix(text(field(n, "kind")), "List") || items == nil || items.Kind != yaml.SequenceNode {
		return p.object(n, offset)
	}
	for _, item := range items.Content {
		if err := p.object(item, offset); err != nil {
			return err
		}
	}
	return nil
}

// object adds the object at n, unless it is none.
func (p *parser) object(n *yaml.Node, offset int) error {
	apiVersion, kind := text(field(n, "apiVersion")), text(field(n, "kind"))
	if apiVersion == "" || kind == "" || p.objects >= maxObjects {
		return nil
	}
	raw, lines, err := convert(n, offset, kind == "Secret", &p.nodes)
	if err != nil {
		return err
	}
	meta := field(n, "metadata")
	o := Object{
		APIVersion: apiVersion, Kind: kind, File: p.file, Raw: raw, Lines: lines,
		Name: text(field(meta, "name")), Namespace: text(field(meta, "namespace")), Labels: texts(field(meta, "labels")),
	}
	p.objects++
	p.records = append(p.records, evidence.New(ObjectKind, o.Source(), o))
	return nil
}

// field returns the value of a mapping's field, or nil.
func field(n *yaml.Node, name string) *yaml.Node {
	if n = target(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return target(n.Content[i+1])
		}
	}
	return nil
}

func target(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

func texts(n *yaml.Node) map[string]string {
	if n == nil || n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		return nil
	}
	all := make(map[string]string, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		all[n.Content[i].Value] = text(target(n.Content[i+1]))
	}
	return all
}
