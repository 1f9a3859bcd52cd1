package service

import (
	"path"
	"strings"
)

// catalogued is what Backstage's catalog-info.yaml says.
type catalogued struct {
	name      text
	dependsOn []text
}

// component is an entity of Backstage's catalogue.
type component struct {
	Kind     string
	Metadata struct{ Name lined[string] }
	Spec     struct {
		Owner     lined[string]
		DependsOn []lined[string] `yaml:"dependsOn"`
	}
}

// catalogue reads the first component of catalog-info.yaml.
func (r *repository) catalogue() catalogued {
	for name, doc := range r.documents("backstage.io/", "Component") {
		if base := path.Base(name); base != "catalog-info.yaml" && base != "catalog-info.yml" {
			continue
		}
		var c component
		if err := doc.Decode(&c); err != nil || c.Kind != "Component" {
			continue
		}
		team := entityName(c.Spec.Owner.Value)
		guess(r.Draft, "owner.team", &r.Service.Owner.Team, team, c.Spec.Owner.from(name))
		found := catalogued{name: text{c.Metadata.Name.Value, c.Metadata.Name.from(name)}}
		for _, d := range c.Spec.DependsOn {
			found.dependsOn = append(found.dependsOn, text{d.Value, d.from(name)})
		}
		return found
	}
	return catalogued{}
}

// entityName returns the name in a reference [kind:][namespace/]name.
func entityName(ref string) string {
	ref = ref[strings.IndexByte(ref, ':')+1:]
	return ref[strings.LastIndexByte(ref, '/')+1:]
}

// dependsOn adds the dependencies that the catalogue names, where the
// environment has not already told of one like it.
func (d *Draft) dependsOn(refs []text) {
	for _, ref := range refs {
		name := nameLike(entityName(ref.Value))
		kind := kindLike(name)
		if !strings.HasPrefix(strings.ToLower(ref.Value), "resource:") {
			kind = HTTP
		}
		switch {
		case !dependencyName.MatchString(name) || name == "otlp" || d.Service.Dependency(name) != nil:
		case kind == "":
			d.blank("dependencies", name+": {kind: tcp}", "its kind, "+ref.From.String()+" names it only")
		case kind != HTTP && d.hasKind(kind):
		default:
			d.dependency(name, kind, ref.From)
		}
	}
}

func (d *Draft) hasKind(kind DependencyKind) bool {
	for _, known := range d.Service.Dependencies {
		if known.Kind == kind {
			return true
		}
	}
	return false
}

// owners reads CODEOWNERS: who owns the whole tree. Its last fitting line
// counts.
func (r *repository) owners() {
	for _, name := range []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"} {
		if !r.has(name) {
			continue
		}
		var owner text
		for i, line := range strings.Split(string(r.read(name)), "\n") {
			line, _, _ = strings.Cut(line, "#")
			fields := strings.Fields(line)
			if len(fields) > 1 && (fields[0] == "*" || fields[0] == "/" || fields[0] == "/*" || fields[0] == "**") {
				owner = text{fields[1], Origin{name, i + 1}}
			}
		}
		if user, team, ok := strings.Cut(owner.Value, "@"); ok && user == "" {
			guess(r.Draft, "owner.team", &r.Service.Owner.Team, team[strings.LastIndexByte(team, '/')+1:], owner.From)
		} else if ok && len(r.Service.Owner.Contacts) == 0 {
			r.Service.Owner.Contacts = []Contact{{Name: user, Email: owner.Value}}
			r.From["owner.contacts"] = owner.From
		}
		return
	}
}
