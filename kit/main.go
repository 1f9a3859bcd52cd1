package kit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/golive-dev/golive/kit/config"
	"github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/trace"
)

// Main runs the service called name until SIGTERM or SIGINT and exits the
// process: with 0 after an orderly stop, with 1 when the configuration is
// wrong, build fails, a port is taken or a function of [Service.Go] ends. A
// second signal ends the process at once.
//
// C is the service's configuration, filled from the environment.
func Main[C any](name string, build func(*Service, C) error) {
	MainWith(Options{Name: name}, build)
}

// MainWith is [Main] with options.
func MainWith[C any](o Options, build func(*Service, C) error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	context.AfterFunc(ctx, stop) // from then on a signal does what it does by default
	o.sole = true
	os.Exit(Run(ctx, o, build))
}

// Run runs the service until ctx ends and returns the exit code. It is what
// tests call.
func Run[C any](ctx context.Context, o Options, build func(*Service, C) error) (code int) {
	o = o.withDefaults()
	out := log.Buffer(o.Out, 0)
	level := new(slog.LevelVar)
	logger := log.New(out, log.Options{Service: o.Name, Level: level})
	defer out.Close()
	if o.sole {
		slog.SetDefault(logger) // what other libraries print must be lines of JSON, too
	}
	settings, c, err := load[C](o.Lookup)
	tracing, err2 := trace.OptionsFromEnv(o.Lookup)
	if err := errors.Join(err, err2); err != nil {
		logger.Error("config.invalid", "error", strings.ReplaceAll(err.Error(), "\n", "; "))
		return 1
	}
	level.Set(settings.LogLevel)
	p := &process{options: o, settings: settings, tracing: tracing, log: logger, level: level, out: out}
	if err := p.run(ctx, func(s *Service) error { return build(s, c) }); err != nil {
		logger.Error("service.failed", "error", err)
		return 1
	}
	logger.Info("service.stopped")
	return 0
}

// load reads what kit and the service want to know. Its error names all
// that is wrong in either.
func load[C any](lookup func(string) (string, bool)) (Settings, C, error) {
	settings, err1 := config.Load[Settings](lookup)
	c, err2 := config.Load[C](lookup)
	var first, second *config.Error
	if errors.As(err1, &first) && errors.As(err2, &second) {
		return settings, c, &config.Error{Problems: append(first.Problems, second.Problems...)}
	}
	if err := errors.Join(err1, err2); err != nil {
		return settings, c, fmt.Errorf("reading the configuration: %w", err)
	}
	return settings, c, nil
}
