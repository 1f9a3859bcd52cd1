package config_test

import (
	"fmt"

	"github.com/golive-dev/golive/kit/config"
)

// The documentation of a service's environment comes from the type that it is
// loaded into.
func ExampleDescribe() {
	for _, v := range config.Describe[Orders]() {
		how := "default " + v.Default
		if v.Required {
			how = "required"
		}
		fmt.Printf("%s: %s; %s; %s\n", v.Name, v.Usage, v.Kind, how)
	}
	// Output:
	// PORT: where to listen; a whole number from 1 to 65535; default 8080
	// PAYMENTS_URL: the payments service; an absolute URL with a host and the scheme http or https; required
	// PAYMENTS_TIMEOUT: how long a payment may take; a duration such as 500ms or 2m from 1ms to 10s; default 800ms
	// DB_PASSWORD_FILE: the file with the password, as mounted; a text; required
}
