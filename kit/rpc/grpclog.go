package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"google.golang.org/grpc/grpclog"
)

// A service's output is JSON, line by line. So what gRPC has to say goes where
// the service's lines go, from the first moment: gRPC takes a logger only
// before it is used.
func init() { grpclog.SetLoggerV2(grpcLog{}) }

// grpcLog is gRPC's logger over slog. Failures of calls are told by this
// package, so that what is left are causes: warnings at most.
type grpcLog struct{}

// harmless is what gRPC calls an error and is none: the other side has no
// health service, and so counts as serving.
const harmless = "health check is unimplemented"

func (grpcLog) say(level slog.Level, text string) {
	if strings.Contains(text, harmless) {
		level = slog.LevelDebug
	}
	slog.Default().LogAttrs(context.Background(), level, "grpc.said", slog.String("text", strings.TrimSpace(text)))
}

// enabled saves formatting what nobody reads: gRPC says much at these levels.
func (grpcLog) enabled() bool { return slog.Default().Enabled(context.Background(), slog.LevelDebug) }

func (l grpcLog) debug(text func() string) {
	if l.enabled() {
		l.say(slog.LevelDebug, text())
	}
}

func (l grpcLog) Info(args ...any)   { l.debug(func() string { return fmt.Sprint(args...) }) }
func (l grpcLog) Infoln(args ...any) { l.debug(func() string { return fmt.Sprintln(args...) }) }
func (l grpcLog) Infof(format string, args ...any) {
	l.debug(func() string { return fmt.Sprintf(format, args...) })
}
func (l grpcLog) Warning(args ...any)                 { l.Info(args...) }
func (l grpcLog) Warningln(args ...any)               { l.Infoln(args...) }
func (l grpcLog) Warningf(format string, args ...any) { l.Infof(format, args...) }
func (l grpcLog) Error(args ...any)                   { l.say(slog.LevelWarn, fmt.Sprint(args...)) }
func (l grpcLog) Errorln(args ...any)                 { l.say(slog.LevelWarn, fmt.Sprintln(args...)) }
func (l grpcLog) Errorf(format string, args ...any) {
	l.say(slog.LevelWarn, fmt.Sprintf(format, args...))
}

// Fatal and its kin end the process, as gRPC's contract asks.
func (l grpcLog) Fatal(args ...any) { l.fatal(fmt.Sprint(args...)) }

func (l grpcLog) Fatalln(args ...any) { l.fatal(fmt.Sprintln(args...)) }

func (l grpcLog) Fatalf(format string, args ...any) { l.fatal(fmt.Sprintf(format, args...)) }

func (l grpcLog) fatal(text string) {
	l.say(slog.LevelError, text)
	os.Exit(1)
}

// V reports whether gRPC may say details of that depth: none.
func (l grpcLog) V(depth int) bool { return depth <= 0 && l.enabled() }
