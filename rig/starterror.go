package rig

// StartError says that something that golive.yaml names did not start: a
// build, a backend or the service. It is a statement about what was started,
// not a failure of golive.
type StartError struct {
	Reason string   // one line, with the way out
	Lines  []string // the last lines that it wrote, oldest first
}

// Error returns the reason.
func (e *StartError) Error() string { return e.Reason }
