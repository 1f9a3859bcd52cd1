package secret

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/golive-dev/golive/kit/redact"
)

var errEmpty = errors.New("is empty; it may be in the middle of being written")

// Watch reads a secret and keeps it up to date until Close. The first read must
// succeed. Ctx bounds that read only: a context with the start's deadline does
// not end the watch.
func Watch(ctx context.Context, s Source, o Options) (*Value, error) {
	o, err := o.withDefaults(s)
	if err != nil {
		return nil, err
	}
	v := &Value{source: s, options: o, metrics: newMetrics(), turn: make(chan struct{}, 1), done: make(chan struct{})}
	v.ended, v.end = context.WithCancelCause(context.Background())
	news := changed(s)
	first, err := v.read(ctx)
	if err != nil {
		return nil, fmt.Errorf("read secret %s: %w", s.Name(), err)
	}
	if v.unregister, err = v.metrics.register(o.Registerer, s.Name()); err != nil {
		return nil, err
	}
	v.take(first)
	go v.poll(news)
	return v, nil
}

func (v *Value) poll(news <-chan struct{}) {
	defer close(v.done)
	next := time.NewTicker(v.options.Every)
	defer next.Stop()
	for {
		select {
		case <-v.ended.Done():
			return
		case <-next.C:
		case <-news:
		}
		news = changed(v.source)
		v.Refresh(v.ended) // which logs what goes wrong
	}
}

// Refresh reads the secret now, as after a login that was refused, instead of
// at the next poll. When it returns, subscribers have been called if there was a
// change. If it returns an error, the content before stays.
func (v *Value) Refresh(ctx context.Context) error {
	select {
	case v.turn <- struct{}{}:
		defer func() { <-v.turn }()
	case <-ctx.Done():
		return fmt.Errorf("wait for another read of secret %s: %w", v.Name(), context.Cause(ctx))
	}
	if v.ended.Err() != nil {
		return context.Cause(v.ended)
	}
	now, err := v.read(ctx)
	if err != nil {
		v.fail(ctx, err)
		return fmt.Errorf("refresh secret %s: %w", v.Name(), err)
	}
	v.recovered()
	if now.Equal(v.Get()) {
		v.metrics.read.Set(v.seconds())
		return nil
	}
	v.take(now)
	v.options.Log.Info("secret.changed", slog.String("secret", v.Name()))
	v.notify(now)
	return nil
}

// read returns content that may be used.
func (v *Value) read(ctx context.Context) (now redact.Secret[string], err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, v.options.Timeout, fmt.Errorf("no answer within %v", v.options.Timeout))
	defer cancel()
	text, err := v.source.Read(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return now, fmt.Errorf("%w (%w)", err, context.Cause(ctx))
	case err != nil:
		return now, err
	case len(text) == 0:
		return now, errEmpty
	}
	now = redact.NewSecret(string(text))
	return now, v.options.Valid(now)
}

func (v *Value) take(now redact.Secret[string]) {
	v.current.Store(&now)
	v.metrics.read.Set(v.seconds())
	v.metrics.change.Set(v.seconds())
}

func (v *Value) seconds() float64 { return float64(v.options.Now().UnixMilli()) / 1000 }

// fail logs each kind of failure once: a store that is down for a night would
// write thousands of lines.
func (v *Value) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return // who asked went away; that says nothing of the secret
	}
	v.metrics.failures.Inc()
	if v.failure == err.Error() {
		return
	}
	v.failure = err.Error()
	v.options.Log.Warn("secret.refresh_failed", slog.String("secret", v.Name()), slog.String("error", v.failure))
}

func (v *Value) recovered() {
	if v.failure == "" {
		return
	}
	v.failure = ""
	v.options.Log.Info("secret.refresh_recovered", slog.String("secret", v.Name()))
}
