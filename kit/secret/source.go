package secret

import "context"

// Source is where a secret comes from.
type Source interface {
	// Name identifies the source in logs, metrics and errors. It is no secret.
	Name() string
	// Read returns the content as it is now. It ends when ctx does. Its error is
	// logged, and so must not hold content.
	Read(ctx context.Context) ([]byte, error)
}

// Notifier is a Source that knows when its content changes. It then need not
// wait for the next poll to be read.
type Notifier interface {
	Source
	// Changed returns a channel that is closed at the next change.
	Changed() <-chan struct{}
}

// Func returns a Source that calls read, for stores that this package does not
// know and for tests.
func Func(name string, read func(context.Context) ([]byte, error)) Source {
	return function{name, read}
}

type function struct {
	name string
	read func(context.Context) ([]byte, error)
}

func (f function) Name() string                             { return f.name }
func (f function) Read(ctx context.Context) ([]byte, error) { return f.read(ctx) }

// changed returns a channel that never signals where the source cannot tell.
func changed(s Source) <-chan struct{} {
	if n, ok := s.(Notifier); ok {
		return n.Changed()
	}
	return nil
}
