// Package kube reads the Kubernetes objects that a repository holds, plain or
// in lists, in YAML or JSON, and keeps for each of their fields the line it
// stands in. Its pure functions say which of them run the service.
package kube

import (
	"encoding/json"
	"fmt"
	"strings"

	kjson "sigs.k8s.io/json"

	"github.com/golive-dev/golive/evidence"
)

// ObjectKind is the kind of records that hold an [Object].
const ObjectKind evidence.Kind = "kube/object"

// Object is one Kubernetes object as a file has it: neither rendered nor
// defaulted. The values in a Secret's data are left out.
type Object struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Namespace  string            `json:"namespace,omitempty"`
	Name       string            `json:"name"`
	Labels     map[string]string `json:"labels,omitempty"`
	File       string            `json:"file"` // slash-separated, relative to the service's directory
	Raw        json.RawMessage   `json:"raw"`  // the object as JSON

	// ChangedBy is the kustomization.yaml that patches the object, or one that
	// does so first of several. What it becomes is not known yet.
	ChangedBy string `json:"changedBy,omitempty"`

	// Lines holds the line of each field by its path, elements of sequences
	// by number: "spec.template.spec.containers.0.image". The object itself
	// is the empty path.
	Lines map[string]int `json:"lines"`
}

// Objects returns every object that the evidence holds, by file and line.
func Objects(s *evidence.Set) []Object {
	items := evidence.All[Object](s, ObjectKind)
	objects := make([]Object, len(items))
	for i, item := range items {
		objects[i] = item.Data
	}
	return objects
}

// Source returns where the field at path stands or, when the object lacks it,
// the nearest field around it.
func (o *Object) Source(path ...string) evidence.Source {
	for n := len(path); n > 0; n-- {
		if line := o.Lines[strings.Join(path[:n], ".")]; line > 0 {
			return evidence.Source{File: o.File, Line: line}
		}
	}
	return evidence.Source{File: o.File, Line: o.Lines[""]}
}

// Has reports whether the object has a field at path.
func (o *Object) Has(path ...string) bool { return o.Lines[strings.Join(path, ".")] > 0 }

// As decodes the object into one of Kubernetes' own types, as the API server
// does: names of fields count with their case. The error names the file.
func (o *Object) As(typed any) error {
	if err := kjson.UnmarshalCaseSensitivePreserveInts(o.Raw, typed); err != nil {
		return fmt.Errorf("%s is no valid %s: %w", o.Source(), o.Kind, err)
	}
	return nil
}

// Group returns the part of the API version before the slash: "apps", or ""
// for the core group.
func (o *Object) Group() string {
	group, _, ok := strings.Cut(o.APIVersion, "/")
	if !ok {
		return ""
	}
	return group
}

// String returns the object's kind and name: "Deployment orders".
func (o *Object) String() string { return o.Kind + " " + o.Name }

// SameNamespace reports whether a and b may be meant for one namespace. A
// manifest without one goes where it is applied.
func SameNamespace(a, b *Object) bool {
	return a.Namespace == "" || b.Namespace == "" || a.Namespace == b.Namespace
}
