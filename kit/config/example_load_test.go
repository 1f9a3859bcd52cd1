package config_test

import (
	"fmt"
	"net/url"
	"time"

	"github.com/golive-dev/golive/kit/config"
)

// Orders is the configuration of a service.
type Orders struct {
	Port     uint16        `env:"PORT" default:"8080" min:"1" usage:"where to listen"`
	Payments *url.URL      `env:"PAYMENTS_URL" scheme:"http,https" usage:"the payments service"`
	Timeout  time.Duration `env:"PAYMENTS_TIMEOUT" default:"800ms" min:"1ms" max:"10s" usage:"how long a payment may take"`
	Database struct {
		PasswordFile string `env:"PASSWORD_FILE" usage:"the file with the password, as mounted"`
	} `prefix:"DB_"`
}

// A service loads its configuration first of all, and ends if there is an
// error. It lists all that is to be mended, without values.
func ExampleLoad() {
	environment := map[string]string{"PORT": "hunter2"}
	lookup := func(name string) (string, bool) { text, ok := environment[name]; return text, ok } // os.LookupEnv

	_, err := config.Load[Orders](lookup)
	fmt.Println(err)

	environment = map[string]string{"PAYMENTS_URL": "http://payments:8080", "DB_PASSWORD_FILE": "/run/secrets/db"}
	c, err := config.Load[Orders](lookup)
	fmt.Println(c.Port, c.Payments, c.Timeout, c.Database.PasswordFile, err)
	// Output:
	// PORT is malformed: must be a whole number from 1 to 65535; PAYMENTS_URL is missing; DB_PASSWORD_FILE is missing
	// 8080 http://payments:8080 800ms /run/secrets/db <nil>
}
