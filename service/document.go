package service

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// The limits of a document. Aliases count as often as they are used, so that
// a few lines of aliases to aliases cannot grow into millions of values.
const (
	nodeLimit  = 50_000
	depthLimit = 50
)

// document returns the mapping that text holds, free of alias cycles and
// within the limits; nil when there is none, with the reason in f.
func document(f *findings, text []byte) *yaml.Node {
	if len(text) > SizeLimit {
		f.add(1, "", "the file is longer than 1 MiB", "a declaration; data belongs elsewhere")
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc, next yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF) || err == nil && isNull(doc.Content[0]):
		f.add(1, "", "the file says nothing", "at least service: NAME")
		return nil
	case err != nil:
		syntax(f, text, err)
		return nil
	}
	switch err := d.Decode(&next); {
	case err == nil:
		f.add(next.Line, "", "a second YAML document begins", "one document")
	case !errors.Is(err, io.EOF):
		syntax(f, text, err)
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		f.add(root.Line, "", "the file holds "+describe(root), "a mapping that begins with service: NAME")
		return nil
	}
	b := bounds{nodes: nodeLimit, open: map[*yaml.Node]bool{}}
	if bad, found := b.exceeded(root, depthLimit); bad != nil {
		f.add(bad.Line, "", found, "a declaration of a few hundred values")
		return nil
	}
	return root
}

// bounds measures a document with its aliases expanded.
type bounds struct {
	nodes int                 // how many more there may be
	open  map[*yaml.Node]bool // from the root to the node at hand
}

// exceeded returns the node at which a limit is passed, and which; nil when
// none is.
func (b *bounds) exceeded(n *yaml.Node, depth int) (*yaml.Node, string) {
	b.nodes--
	switch {
	case b.nodes < 0:
		return n, fmt.Sprintf("with its aliases expanded the file holds more than %d values", nodeLimit)
	case depth == 0:
		return n, fmt.Sprintf("values lie more than %d deep", depthLimit)
	case b.open[n]:
		return n, "an alias stands within its own anchor"
	}
	b.open[n] = true
	defer delete(b.open, n)
	if n.Kind == yaml.AliasNode {
		if _, found := b.exceeded(n.Alias, depth-1); found != "" {
			return n, found
		}
	}
	for _, c := range n.Content {
		if bad, found := b.exceeded(c, depth-1); bad != nil {
			return bad, found
		}
	}
	return nil, ""
}
