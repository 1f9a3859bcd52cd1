package audit_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/golive-dev/golive/kit/audit"
)

// A service opens its audit log once and records who did what to what. An
// action that cannot be recorded is not carried out.
func ExampleOpen() {
	path := filepath.Join(os.TempDir(), fmt.Sprint("audit-", os.Getpid(), ".log"))
	defer os.Remove(path)
	log, err := audit.Open(path, audit.Options{Service: "orders", Sync: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	err = log.Record(context.Background(), audit.Entry{
		Subject: "clerk-7", Action: "order.refunded", Object: "order/A-1", Result: "granted",
		Attrs: []slog.Attr{slog.Int("cents", 1200)},
	})
	fmt.Println(err, log.Head().Sequence)
	// Output:
	// <nil> 1
}
