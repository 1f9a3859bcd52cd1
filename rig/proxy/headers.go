package proxy

// Headers is a dependency that stops after the beginning of its real answer:
// HTTP, its status line and headers; else the first half of its first bytes.
type Headers struct{}

// Shape returns "headers".
func (Headers) Shape() string { return "headers" }
