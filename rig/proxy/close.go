package proxy

// Close is a dependency that reads a request and closes the connection in
// good order (FIN) without an answer.
type Close struct{}

// Shape returns "close".
func (Close) Shape() string { return "close" }

func (Close) meet(x *exchange) error {
	if err := x.hear(); err != nil {
		return err
	}
	return x.cut(true)
}
