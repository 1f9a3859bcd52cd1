package proxy

// Stall is a dependency that stops in the middle of the body of its answer,
// which is announced as longer than what comes. What has no body stops in the
// middle of its beginning, as with [Headers].
type Stall struct{}

// Shape returns "stall".
func (Stall) Shape() string { return "stall" }

func (Stall) meet(x *exchange) error {
	a, err := x.opening()
	if err != nil {
		return err
	}
	part := a.beginning()
	if !a.bodiless() {
		head, body := a.announced(2) // so that there is a middle
		part = append(head, body[:len(body)/2]...)
	}
	if err := x.send(part); err != nil {
		return err
	}
	return x.hang()
}
