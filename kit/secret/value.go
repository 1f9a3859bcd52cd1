package secret

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/golive-dev/golive/kit/redact"
)

// Value is a secret that is kept up to date. Its methods may be called by many
// goroutines at once.
type Value struct {
	source  Source
	options Options
	current atomic.Pointer[redact.Secret[string]]
	metrics metrics

	turn    chan struct{} // held while reading, so that changes come in order
	failure string        // of the last read, or empty; belongs to the turn

	mutex       sync.Mutex
	subscribers []*subscriber

	end        context.CancelCauseFunc
	ended      context.Context
	done       chan struct{} // closed when polling has ended
	unregister func()
}

type subscriber struct {
	call func(redact.Secret[string])
}

// Get returns the secret as it was last read.
func (v *Value) Get() redact.Secret[string] { return *v.current.Load() }

// Name returns the name of the source.
func (v *Value) Name() string { return v.source.Name() }

// String returns the name of the source and never content.
func (v *Value) String() string { return v.Name() }

// LogValue returns the name of the source, so that a value which is logged tells
// which one it is.
func (v *Value) LogValue() slog.Value { return slog.StringValue(v.Name()) }

// Subscribe has f called with the secret each time that it has changed, one call
// at a time, in the order of subscription. It is not called with the content at
// hand: subscribe first and ask Get then, and no change is missed. While f runs
// the secret is not read, so f must not wait for long, nor call Refresh or
// Close. A panic of f is logged and ends nothing else, since a rotation reaches
// all replicas in one minute.
//
// After cancel f is not called again, but a call under way may go on.
func (v *Value) Subscribe(f func(redact.Secret[string])) (cancel func()) {
	s := &subscriber{f}
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.subscribers = append(v.subscribers, s)
	return func() {
		v.mutex.Lock()
		defer v.mutex.Unlock()
		// a list of its own, since the old one may be walked through right now
		v.subscribers = slices.DeleteFunc(slices.Clone(v.subscribers), func(other *subscriber) bool { return other == s })
	}
}

// Close ends the polling and takes the metrics off. It returns when a read under
// way has ended. Get goes on returning the last content.
func (v *Value) Close() {
	v.end(fmt.Errorf("secret %s is no longer watched: its Close was called", v.Name()))
	<-v.done
	v.unregister()
}

func (v *Value) notify(now redact.Secret[string]) {
	v.mutex.Lock()
	all := v.subscribers
	v.mutex.Unlock()
	for _, s := range all {
		v.call(s, now)
	}
}

func (v *Value) call(s *subscriber, now redact.Secret[string]) {
	defer func() {
		if p := recover(); p != nil {
			v.options.Log.Error("secret.subscriber_panicked", slog.String("secret", v.Name()),
				slog.String("error", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
		}
	}()
	s.call(now)
}
