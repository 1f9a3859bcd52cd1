package proxy

// Fault is a way in which a dependency can be broken: [Refuse], [Connect],
// [Silence], [Headers], [Drip], [HeaderDrip], [Latency], [Reset], [Status]
// and [Close]. Each is a struct of its parameters in a file of its own, which
// besides its shape has one method: meet, for what becomes of a call, or bar,
// for what becomes of the port.
type Fault interface {
	// Shape is the fault's name in recordings.
	Shape() string
}
