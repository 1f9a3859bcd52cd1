package kube

import (
	"path"
	"slices"
	"strings"
)

// nameLabels are the labels by which a workload says whose it is.
var nameLabels = []string{"app.kubernetes.io/name", "app.kubernetes.io/instance", "app", "k8s-app", "service", "name"}

// match reports whether the workload's name, or the value of one of its or
// its pods' name labels, is the service's in the sense of how.
func (w *Workload) match(service string, how func(name, service string) bool) bool {
	if how(w.Name, service) {
		return true
	}
	return slices.ContainsFunc(nameLabels, func(label string) bool {
		return how(w.Labels[label], service) || how(w.Template.Labels[label], service)
	})
}

func equal(name, service string) bool { return name == service }

// hasPart reports whether service stands in name as whole words: orders does
// in shop-orders-api, and not in preorders.
func hasPart(name, service string) bool {
	return strings.Contains("-"+name+"-", "-"+service+"-")
}

// environments ranks the words by which directories, files and namespaces
// tell where a manifest is used.
var environments = map[string]int{
	"prod": 0, "production": 0, "prd": 0, "live": 0,
	"dev": 2, "develop": 2, "development": 2, "staging": 2, "stage": 2, "stg": 2, "qa": 2, "uat": 2,
	"test": 2, "tests": 2, "testing": 2, "testdata": 2, "e2e": 2, "ci": 2, "fixtures": 2, "preview": 2,
	"local": 2, "kind": 2, "minikube": 2, "sandbox": 2, "demo": 2, "example": 2, "examples": 2, "sample": 2, "samples": 2,
}

// rank is 0 for what runs in production, 2 for what runs elsewhere, 1 where
// neither its path nor its namespace says, and 3 for what an overlay changes,
// so that its rendered form, where one is kept, is taken instead.
func rank(o *Object) int {
	if o.ChangedBy != "" {
		return 3
	}
	words := strings.FieldsFunc(strings.TrimSuffix(o.File, path.Ext(o.File))+"/"+o.Namespace, func(r rune) bool {
		return strings.ContainsRune("/-_.", r)
	})
	best := 1
	for _, word := range words {
		switch environment, ok := environments[strings.ToLower(word)]; {
		case ok && environment == 0:
			return 0
		case ok:
			best = environment
		}
	}
	return best
}

// ofProduction keeps, of the workloads of one kind and name, those nearest to
// production: one replica is right for a laptop.
func ofProduction(all []Workload) []Workload {
	best := map[string]int{}
	for i := range all {
		name := all[i].String()
		if r, seen := best[name]; !seen || rank(&all[i].Object) < r {
			best[name] = rank(&all[i].Object)
		}
	}
	return slices.DeleteFunc(all, func(w Workload) bool { return rank(&w.Object) > best[w.String()] })
}

// Beside returns the objects of the kind that may be applied together with w:
// of several with one name, written for several environments, those in w's
// own directory, or else those nearest to production.
func Beside(objects []Object, w *Workload, kind string) []Object {
	distance := func(o *Object) int {
		if path.Dir(o.File) == path.Dir(w.File) {
			return -1
		}
		return rank(o)
	}
	best := map[string]int{}
	var found []Object
	for i := range objects {
		o := &objects[i]
		if o.Kind != kind || !SameNamespace(o, &w.Object) {
			continue
		}
		found = append(found, *o)
		if d, seen := best[o.Name]; !seen || distance(o) < d {
			best[o.Name] = distance(o)
		}
	}
	return slices.DeleteFunc(found, func(o Object) bool { return distance(&o) > best[o.Name] })
}
