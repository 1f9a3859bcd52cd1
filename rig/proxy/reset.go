package proxy

// Reset is a dependency that reads a request and resets the connection.
type Reset struct{}

// Shape returns "reset".
func (Reset) Shape() string { return "reset" }
