package proxy

// Silence is a dependency that accepts a connection, reads what comes and
// never answers.
type Silence struct{}

// Shape returns "silence".
func (Silence) Shape() string { return "silence" }

func (Silence) meet(x *exchange) error { return x.hang() }
