package resilience

import (
	"errors"

	"github.com/golive-dev/golive/check"
)

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
