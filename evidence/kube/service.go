package kube

import (
	"fmt"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// OfService returns the workloads that run the service which the evidence is
// about, as [Workloads] picks them. The error says why nothing can be said of
// any, and what to do.
func OfService(s *evidence.Set) ([]Workload, error) {
	all, err := Workloads(Objects(s), s.Service().Name)
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, unreadManifest(s))
	}
	for i := range all {
		if by := all[i].ChangedBy; by != "" {
			return nil, fmt.Errorf("%s (%s) is changed by the Kustomize overlay %s, which is not rendered yet; keep what kustomize build prints in the repository", &all[i], all[i].Source(), by)
		}
	}
	return all, nil
}

// Serving returns those of OfService that run for as long as the service
// does. none says why there are none although there are workloads.
func Serving(s *evidence.Set) (serving []Workload, none string, err error) {
	all, err := OfService(s)
	for _, w := range all {
		if w.Serves() {
			serving = append(serving, w)
		}
	}
	if len(serving) == 0 && len(all) > 0 {
		none = fmt.Sprintf("it runs as %s and ends by itself", &all[0])
	}
	return serving, none, err
}

// unreadManifest tells of a manifest that may be the missing one.
func unreadManifest(s *evidence.Set) string {
	for _, item := range evidence.All[files.Problem](s, files.ProblemKind) {
		if manifest(item.Source.File) {
			return fmt.Sprintf(" (%s: %s)", item.Source, item.Data.Text)
		}
	}
	return ""
}
