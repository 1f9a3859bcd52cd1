package owners

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// entity is what is read of an entity of Backstage's catalogue.
type entity struct {
	Kind     string `yaml:"kind"`
	Metadata struct {
		Name string `yaml:"name"`
	} `yaml:"metadata"`
	Spec struct {
		Owner yaml.Node `yaml:"owner"`
	} `yaml:"spec"`
}

// parseCatalog returns a record for each Component of a catalog-info.yaml.
func parseCatalog(path string, text []byte) []evidence.Record {
	var records []evidence.Record
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return records
		}
		if err != nil {
			return append(records, files.Problemf(path, 0, "the catalogue's file is no YAML: %v", err))
		}
		var e entity
		if err := document.Decode(&e); err != nil {
			records = append(records, files.Problemf(path, document.Line, "it is no entity of the catalogue: %v", err))
			continue
		}
		if e.Kind != "Component" || e.Metadata.Name == "" {
			continue
		}
		at := evidence.Source{File: path, Line: e.Spec.Owner.Line}
		records = append(records, evidence.New(ComponentKind, at, Component{Name: e.Metadata.Name, Owner: e.Spec.Owner.Value}))
	}
}
