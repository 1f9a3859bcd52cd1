package proxy

// Headers is a dependency that stops after the beginning of its real answer:
// HTTP, its status line and headers, and where these are the whole answer all
// of them but their end; else the first half of its first bytes.
type Headers struct{}

// Shape returns "headers".
func (Headers) Shape() string { return "headers" }

func (Headers) meet(x *exchange) error {
	a, err := x.opening()
	if err != nil {
		return err
	}
	if err := x.send(a.beginning()); err != nil {
		return err
	}
	return x.hang()
}
