package resilience

import (
	"errors"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// eachDependency judges one dependency after another by what a drill recorded.
// That one could not be decided keeps none of the others from it.
func eachDependency(p *check.Pass, drill string, judge func(*evidence.Recording, service.Dependency) error) error {
	if len(p.Service().Dependencies) == 0 {
		return withoutDependencies(p)
	}
	rec, err := p.Drill(drill)
	if err != nil {
		return err
	}
	var undecided []error
	for _, dep := range p.Service().Dependencies {
		undecided = append(undecided, judge(rec, dep))
	}
	return errors.Join(undecided...)
}

// withoutDependencies answers for a service that declares none. It is taken
// at its word only where it says how it runs; an empty golive.yaml says
// nothing.
func withoutDependencies(p *check.Pass) error {
	if len(p.Service().Run.Command) == 0 {
		return errors.New("golive.yaml does not say what the service depends on, nor how it is started; add dependencies and run.command")
	}
	p.NotApplicable("golive.yaml declares no dependencies")
	return nil
}
