package service

import (
	"maps"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// body returns the example of the operation's JSON body, nil where it has
// none, or what lacks one.
func (o operation) body() (body any, lacks string) {
	if o.RequestBody == nil || o.RequestBody.Value == nil || o.method == http.MethodGet || o.method == http.MethodHead {
		return nil, ""
	}
	media := o.RequestBody.Value.Content.Get("application/json")
	if media == nil {
		if o.RequestBody.Value.Required {
			return nil, "a body"
		}
		return nil, ""
	}
	if body = firstExample(media.Example, media.Examples); body == nil {
		body = newExamples().of(media.Schema, exampleDepth)
	}
	if body == nil {
		return nil, "a body: no example is given"
	}
	return body, ""
}

func parameterExample(p *openapi3.Parameter) any {
	if example := firstExample(p.Example, p.Examples); example != nil {
		return example
	}
	return newExamples().of(p.Schema, 1)
}

// firstExample is the one given, or the first by name of those given.
func firstExample(one any, more openapi3.Examples) any {
	if one != nil {
		return one
	}
	for _, name := range slices.Sorted(maps.Keys(more)) {
		if ref := more[name]; ref != nil && ref.Value != nil && ref.Value.Value != nil {
			return ref.Value.Value
		}
	}
	return nil
}

// examples makes values of schemas. Schemas may contain themselves, so the
// number of them that one value is made of is bounded.
type examples struct{ left int }

// exampleDepth is how deep an example may be. Below its top it has only what
// is required.
const exampleDepth = 8

func newExamples() *examples { return &examples{left: 500} }

// of is what a schema itself declares: its example, its default, its first
// value, or those of its parts. It is nil where a required part declares
// nothing.
func (e *examples) of(ref *openapi3.SchemaRef, depth int) any {
	if e.left--; ref == nil || ref.Value == nil || depth == 0 || e.left < 0 {
		return nil
	}
	s := ref.Value
	switch {
	case s.Example != nil:
		return s.Example
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Items != nil:
		if item := e.of(s.Items, depth-1); item != nil {
			return []any{item}
		}
		return nil
	}
	return e.parts(s, depth)
}

// parts joins the examples of an object's properties.
func (e *examples) parts(s *openapi3.Schema, depth int) any {
	object := map[string]any{}
	for _, part := range s.AllOf {
		whole, ok := e.of(part, depth).(map[string]any)
		if !ok {
			return nil
		}
		maps.Copy(object, whole)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		required := slices.Contains(s.Required, name)
		if !required && depth < exampleDepth {
			continue
		}
		if value := e.of(s.Properties[name], depth-1); value != nil {
			object[name] = value
		} else if required {
			return nil
		}
	}
	if len(object) == 0 {
		return nil
	}
	return object
}
