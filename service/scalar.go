package service

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// allowed holds the values of the types that have only some.
var allowed = map[reflect.Type][]string{
	reflect.TypeFor[VariableKind]():   texts(StringVar, IntVar, BoolVar, PortVar, URLVar, DurationVar),
	reflect.TypeFor[DependencyKind](): texts(HTTP, GRPC, TCP, Postgres, Redis, MySQL, Kafka, AMQP),
	reflect.TypeFor[Fallback]():       texts(Fail, Stale, Degraded),
	reflect.TypeFor[Missing]():        texts(LeaveOut),
}

func texts[T ~string](values ...T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}

// scalar fills v from a scalar. Where loose is set, a number or a truth value
// is text as it is written: in an environment and in arguments everything is.
func (d decoder) scalar(n *yaml.Node, path string, v reflect.Value, loose bool) {
	ok, tag := false, n.ShortTag()
	switch {
	case n.Kind != yaml.ScalarNode:
	case v.Type() == reflect.TypeFor[Duration]():
		d.duration(n, path, v)
		return
	case v.Kind() == reflect.String:
		if ok = tag == "!!str" || tag == "!!timestamp" || loose && (tag == "!!int" || tag == "!!float" || tag == "!!bool"); ok {
			d.text(n, path, v)
		}
	case v.Kind() == reflect.Int:
		var i int
		if ok = tag == "!!int" && n.Decode(&i) == nil; ok {
			v.SetInt(int64(i))
		}
	case v.Kind() == reflect.Float64:
		var x float64
		if ok = (tag == "!!int" || tag == "!!float") && n.Decode(&x) == nil && !math.IsNaN(x) && !math.IsInf(x, 0); ok {
			v.SetFloat(x)
		}
	case v.Kind() == reflect.Bool:
		if ok = tag == "!!bool"; ok {
			v.SetBool(strings.EqualFold(n.Value, "true"))
		}
	}
	if !ok {
		d.add(n.Line, path, describe(n), d.instead(n, v))
	}
}

// instead says what was expected in place of n, with the way to write it.
func (d decoder) instead(n *yaml.Node, v reflect.Value) string {
	expected := expectation(v.Type())
	if v.Kind() == reflect.String && n.Kind == yaml.ScalarNode && !isNull(n) && expected == "text" {
		expected += ", in quotes: " + strconv.Quote(n.Value)
	}
	return expected
}

func (d decoder) text(n *yaml.Node, path string, v reflect.Value) {
	if values := allowed[v.Type()]; values != nil && !slices.Contains(values, n.Value) {
		d.add(n.Line, path, quoted(n.Value)+" is unknown"+perhaps(n.Value, values), oneOf(values))
		return
	}
	v.SetString(n.Value)
}

func (d decoder) duration(n *yaml.Node, path string, v reflect.Value) {
	if tag := n.ShortTag(); tag == "!!null" || tag == "!!bool" {
		d.add(n.Line, path, describe(n), expectation(v.Type()))
		return
	}
	parsed, err := ParseDuration(n.Value)
	if err != nil {
		found, expected, _ := strings.Cut(err.Error(), "; expected ")
		d.add(n.Line, path, found, expected)
		return
	}
	v.SetInt(int64(parsed))
}

// json fills v with the value that encoding/json would give for n's JSON,
// except that numbers are a [json.Number], which loses no digit.
func (d decoder) json(n *yaml.Node, path string, v reflect.Value) {
	if value := d.jsonValue(n, path); value != nil {
		v.Set(reflect.ValueOf(value))
	}
}

func (d decoder) jsonValue(n *yaml.Node, path string) any {
	switch n = resolve(n); n.Kind {
	case yaml.MappingNode:
		object := map[string]any{}
		for key, value := range d.pairs(n, path) {
			object[key.Value] = d.jsonValue(value, join(path, key.Value))
		}
		return object
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = d.jsonValue(item, join(path, strconv.Itoa(i)))
		}
		return list
	}
	value, err := jsonScalar(n)
	if err != nil {
		d.add(n.Line, path, describe(n), err.Error())
	}
	return value
}

func jsonScalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true"), nil
	case "!!str", "!!timestamp":
		return n.Value, nil
	case "!!int", "!!float":
		return jsonNumber(n)
	}
	return nil, errors.New("what JSON can hold")
}

// jsonNumber keeps a number as it is written where JSON writes it so, too.
func jsonNumber(n *yaml.Node) (any, error) {
	if json.Valid([]byte(n.Value)) {
		return json.Number(n.Value), nil
	}
	var i int64
	if n.Decode(&i) == nil && n.ShortTag() == "!!int" {
		return json.Number(strconv.FormatInt(i, 10)), nil
	}
	var x float64
	if n.Decode(&x) != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, errors.New("a number that JSON has")
	}
	return json.Number(strconv.FormatFloat(x, 'g', -1, 64)), nil
}
