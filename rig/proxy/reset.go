package proxy

// Reset is a dependency that reads a request and resets the connection.
type Reset struct{}

// Shape returns "reset".
func (Reset) Shape() string { return "reset" }

func (Reset) meet(x *exchange) error {
	if err := x.hear(); err != nil {
		return err
	}
	return x.cut(false)
}
