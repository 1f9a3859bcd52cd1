package rpc

import (
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/grpc/grpclog"
)

func TestGRPCSaysItsPieceInJSON(t *testing.T) {
	seen := newSeen()
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(seen.log)
	grpclog.Errorf("no %s to host", "route")
	if line := seen.event(t, "grpc.said"); line["text"] != "no route to host" || line["level"] != "warn" {
		t.Errorf("logged %v", line)
	}
	for say, level := range map[string]string{
		"Subchannel health check is unimplemented at server side": "debug",
		"connection lost": "warn",
	} {
		grpclog.Error(say)
		if line := seen.event(t, "grpc.said"); line["text"] != say || line["level"] != level {
			t.Errorf("logged %v, want level %s", line, level)
		}
	}
	grpclog.Info("pick first")
	grpclog.Warningln("slow", "peer")
	if text := seen.out.String(); strings.Count(text, `"level":"debug"`) != 3 || !strings.Contains(text, `"slow peer"`) {
		t.Errorf("logged %s", text)
	}
}

func TestDetailsOfGRPCAreNotEvenFormatted(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	out := &lockedBuffer{}
	slog.SetDefault(slog.New(slog.NewJSONHandler(out, nil)))
	grpclog.Infof("%v", panicsWhenPrinted{t})
	grpclog.Warning(panicsWhenPrinted{t})
	if out.String() != "" || grpclog.V(1) {
		t.Errorf("said %q", out.String())
	}
}

type panicsWhenPrinted struct{ t *testing.T }

func (p panicsWhenPrinted) String() string { p.t.Error("formatted"); return "" }
