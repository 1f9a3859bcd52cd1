package kube

import (
	"encoding/json"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// What is taken in of one file, aliases expanded. A file of 1 MiB holds some
// 100,000 values when nobody means harm.
const (
	maxNodes = 300_000
	maxDepth = 100
)

// converter writes a YAML node as JSON and notes the line of each field. It
// writes directly, since most objects of a large repository are never decoded.
type converter struct {
	json   []byte
	path   []byte
	lines  map[string]int
	nodes  *int // of the whole file so far
	offset int  // lines before the document
	redact bool // leave out the values of the fields data and stringData
}

// convert returns n as JSON, with the lines of its fields, and adds to nodes
// how many there are.
func convert(n *yaml.Node, offset int, redact bool, nodes *int) (json.RawMessage, map[string]int, error) {
	c := converter{offset: offset, redact: redact, nodes: nodes, lines: make(map[string]int, 32)}
	c.lines[""] = n.Line + offset
	if err := c.node(n, 0); err != nil {
		return nil, nil, err
	}
	return c.json, c.lines, nil
}

func (c *converter) node(n *yaml.Node, depth int) error {
	*c.nodes++
	if *c.nodes > maxNodes || depth > maxDepth {
		return fmt.Errorf("line %d: more than %d values in the file, or more than %d levels, aliases expanded", n.Line+c.offset, maxNodes, maxDepth)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return c.node(n.Alias, depth+1)
	case yaml.SequenceNode:
		return c.sequence(n, depth)
	case yaml.MappingNode:
		return c.mapping(n, depth)
	}
	return c.scalar(n)
}

func (c *converter) sequence(n *yaml.Node, depth int) error {
	c.json = append(c.json, '[')
	for i, item := range n.Content {
		if i > 0 {
			c.json = append(c.json, ',')
		}
		if err := c.field(strconv.Itoa(i), item.Line, item, depth); err != nil {
			return err
		}
	}
	c.json = append(c.json, ']')
	return nil
}

func (c *converter) mapping(n *yaml.Node, depth int) error {
	entries, err := c.entries(n, 0)
	if err != nil {
		return err
	}
	c.json = append(c.json, '{')
	for i, e := range entries {
		if i > 0 {
			c.json = append(c.json, ',')
		}
		c.text(e.key.Value)
		c.json = append(c.json, ':')
		if err := c.field(e.key.Value, e.key.Line, e.value, depth); err != nil {
			return err
		}
	}
	c.json = append(c.json, '}')
	return nil
}

// field writes a value that lies at name below the current path.
func (c *converter) field(name string, line int, value *yaml.Node, depth int) error {
	length := len(c.path)
	if length > 0 {
		c.path = append(c.path, '.')
	}
	c.path = append(c.path, name...)
	c.lines[string(c.path)] = line + c.offset
	err := c.node(value, depth+1)
	c.path = c.path[:length]
	return err
}

type keyValue struct{ key, value *yaml.Node }

// entries returns the fields of a mapping, those of merged mappings last. A
// field that stands twice is an error, as it is to kubectl.
func (c *converter) entries(n *yaml.Node, merges int) ([]keyValue, error) {
	own := make([]keyValue, 0, len(n.Content)/2)
	seen := make(map[string]bool, len(n.Content)/2)
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Tag == "!!merge":
			merged = append(merged, value)
		case key.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("line %d: the name of a field is no text", key.Line+c.offset)
		case seen[key.Value]:
			return nil, fmt.Errorf("line %d: the field %s stands twice", key.Line+c.offset, key.Value)
		default:
			seen[key.Value] = true
			own = append(own, keyValue{key, value})
		}
	}
	for _, m := range merged {
		more, err := c.merge(m, merges+1)
		if err != nil {
			return nil, err
		}
		for _, e := range more {
			if !seen[e.key.Value] {
				seen[e.key.Value] = true
				own = append(own, e)
			}
		}
	}
	return own, nil
}

// merge returns the fields that "<<: value" brings in.
func (c *converter) merge(value *yaml.Node, merges int) ([]keyValue, error) {
	*c.nodes++
	if merges > maxDepth || *c.nodes > maxNodes {
		return nil, fmt.Errorf("line %d: the mappings merged here have no end", value.Line+c.offset)
	}
	switch value.Kind {
	case yaml.AliasNode:
		return c.merge(value.Alias, merges+1)
	case yaml.MappingNode:
		return c.entries(value, merges)
	case yaml.SequenceNode:
		var all []keyValue
		for _, item := range value.Content {
			entries, err := c.merge(item, merges+1)
			if err != nil {
				return nil, err
			}
			all = append(all, entries...)
		}
		return all, nil
	}
	return nil, fmt.Errorf("line %d: only a mapping can be merged", value.Line+c.offset)
}
