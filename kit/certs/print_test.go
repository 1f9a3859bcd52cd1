package certs_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/certs"
	"github.com/golive-dev/golive/kit/kittest"
)

// An identity that is printed tells its file, in a log line too.
func TestAnIdentityIsPrintedByItsFile(t *testing.T) {
	ca := kittest.NewCA(t)
	both := mount(t, files(ca.Issue("orders"), ca), nil)
	only := mount(t, files(ca.Issue("orders"), ca), func(o *certs.Options) { o.Cert, o.Key = "", "" })
	for id, file := range map[*certs.Identity]string{both.Identity: both.Path("tls.crt"), only.Identity: only.Path("ca.crt")} {
		var out strings.Builder
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "identity", id)
		fmt.Fprintf(&out, "<%v> <%+v>", id, id)
		if text := out.String(); !strings.Contains(text, `"identity":"`+file+`"`) || !strings.Contains(text, "<"+file+"> <"+file+">") {
			t.Errorf("want %s: %s", file, text)
		}
	}
}
