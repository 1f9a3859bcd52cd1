package audit_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/golive-dev/golive/kit/audit"
)

// An auditor verifies the file, with a head that was kept elsewhere.
func ExampleVerify() {
	var file bytes.Buffer
	log := audit.New(&file, audit.Options{Service: "orders"})
	for _, order := range []string{"order/A-1", "order/A-2"} {
		_ = log.Record(context.Background(), audit.Entry{Subject: "clerk-7", Action: "order.refunded", Object: order})
	}
	kept := log.Head()
	text := file.Bytes()
	fmt.Println("as written:", audit.Verify(bytes.NewReader(text), kept))
	fmt.Println("changed:", audit.Verify(bytes.NewReader(bytes.Replace(text, []byte("A-1"), []byte("B-1"), 1))))
	fmt.Println("cut off:", audit.Verify(bytes.NewReader(text[:bytes.IndexByte(text, '\n')+1]), kept))
	// Output:
	// as written: <nil>
	// changed: audit: line 1 is no whole entry: it was changed, or the process ended while it was written
	// cut off: audit: line 2 is missing: the log ends at entry 1, and entry 2 was kept as a head
}
