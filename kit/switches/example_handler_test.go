package switches_test

import (
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/golive-dev/golive/kit/switches"
)

// The handler belongs on the ops port.
func ExampleSet_Handler() {
	set := switches.New(switches.Options{Log: quiet})
	export := set.Switch("export", "no export of orders", true)

	w := httptest.NewRecorder()
	set.Handler().ServeHTTP(w, httptest.NewRequest("PUT", "/export", strings.NewReader("false")))
	fmt.Println(w.Code, "export:", export.On())
	// Output: 200 export: false
}
