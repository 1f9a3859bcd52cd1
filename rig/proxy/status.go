package proxy

// Status is a dependency that reads a request and answers with an error. It
// needs HTTP: what is none passes unharmed and is no hit.
type Status struct {
	Code int    // of the answer; 0: 503
	Body string // sent as text/plain
}

// Shape returns "status".
func (Status) Shape() string { return "status" }
