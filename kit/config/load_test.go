package config_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/config"
)

// from returns a lookup in a map.
func from(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		text, ok := env[name]
		return text, ok
	}
}

type listen struct {
	Host string `env:"HOST" default:"127.0.0.1"`
	Port uint16 `env:"PORT" min:"1"`
}

type database struct {
	URL  url.URL `env:"URL"`
	Pool struct {
		Max int `env:"MAX" default:"10" min:"1" max:"100"`
	} `prefix:"POOL_"`
}

type settings struct {
	listen
	Timeout  time.Duration `env:"TIMEOUT"`
	Primary  database      `prefix:"DB_"`
	Replica  database      `prefix:"REPLICA_"`
	Computed string
	hidden   string
}

func TestNestedStructsArePrefixed(t *testing.T) {
	got, err := config.Load[settings](from(map[string]string{
		"PORT": "8080", "TIMEOUT": "800ms",
		"DB_URL": "postgres://db/orders", "DB_POOL_MAX": "20", "REPLICA_URL": "postgres://replica/orders",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got.Host != "127.0.0.1" || got.Port != 8080 || got.Timeout != 800*time.Millisecond || got.Computed+got.hidden != "" {
		t.Errorf("got %+v", got)
	}
	if got.Primary.URL.Host != "db" || got.Primary.Pool.Max != 20 || got.Replica.URL.Host != "replica" || got.Replica.Pool.Max != 10 {
		t.Errorf("databases are %+v and %+v", got.Primary, got.Replica)
	}
}

func TestAllProblemsAtOnceInOrder(t *testing.T) {
	got, err := config.Load[settings](from(map[string]string{
		"PORT": "hunter2", "TIMEOUT": "", "DB_URL": "hunter2", "REPLICA_POOL_MAX": "hunter2",
	}))
	var problems *config.Error
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want an *Error", err)
	}
	want := []config.Problem{
		{Variable: "PORT", What: "is malformed: must be a whole number from 1 to 65535"},
		{Variable: "TIMEOUT", What: "is missing"},
		{Variable: "DB_URL", What: "is malformed: must be an absolute URL with a host"},
		{Variable: "REPLICA_URL", What: "is missing"},
		{Variable: "REPLICA_POOL_MAX", What: "is malformed: must be a whole number from 1 to 100"},
	}
	if !slices.Equal(problems.Problems, want) {
		t.Errorf("got %+v, want %+v", problems.Problems, want)
	}
	text := fmt.Sprintf("%v", err)
	if strings.Contains(text, "\n") || !strings.HasPrefix(text, "PORT is malformed: must be a whole number from 1 to 65535; TIMEOUT is missing; DB_URL ") {
		t.Errorf("the error reads %s", text)
	}
	if strings.Contains(fmt.Sprintf("%+v %#v", err, problems.Problems), "hunter2") {
		t.Errorf("the error holds a value: %#v", err)
	}
	if got.Host != "" {
		t.Errorf("the configuration is half filled: %+v", got)
	}
}

// window has a rule that concerns two fields.
type window struct {
	From int `env:"FROM"`
	To   int `env:"TO"`
}

var errEmpty = errors.New("the window is empty")

func (w *window) Validate() error {
	switch {
	case w.From > w.To:
		return errors.Join(fmt.Errorf("FROM is beyond TO: %w", errEmpty), errors.New("swap them"))
	case w.From == w.To:
		return &config.Error{Problems: []config.Problem{{Variable: "TO", What: "must be greater than FROM"}}}
	}
	return nil
}

func TestValidateComesLast(t *testing.T) {
	load := func(begin, to string) error {
		_, err := config.Load[window](from(map[string]string{"FROM": begin, "TO": to}))
		return err
	}
	if err := load("1", "2"); err != nil {
		t.Error(err)
	}
	err := load("3", "2")
	var problems *config.Error
	if !errors.As(err, &problems) || !errors.Is(err, errEmpty) || err.Error() != "FROM is beyond TO: the window is empty; swap them" {
		t.Errorf("got %v, want Validate's error in one line", err)
	}
	if err := load("2", "2"); err == nil || err.Error() != "TO must be greater than FROM" {
		t.Errorf("got %v, want Validate's own *Error", err)
	}
	if err := load("3", ""); err == nil || err.Error() != "TO is missing" {
		t.Errorf("got %v, want no call of Validate on what is not filled", err)
	}
}

func TestTheEnvironmentIsTheDefault(t *testing.T) {
	t.Setenv("FROM", "1")
	t.Setenv("TO", "5")
	got, err := config.Load[window](nil)
	if err != nil || got != (window{1, 5}) {
		t.Errorf("got %+v and %v", got, err)
	}
}

func TestNoStruct(t *testing.T) {
	if _, err := config.Load[int](from(nil)); err == nil || !strings.Contains(err.Error(), "int, which is no struct") {
		t.Errorf("got %v", err)
	}
	if got := config.Describe[int](); got != nil {
		t.Errorf("described %v", got)
	}
}

// TestFieldsThatCannotBeFilled holds that nothing with a variable stays empty in
// silence.
func TestFieldsThatCannotBeFilled(t *testing.T) {
	type inner struct {
		Port int `env:"PORT"`
	}
	for what, load := range map[string]func() error{
		"PORT cannot be loaded: field port is not exported": func() error {
			_, err := config.Load[struct {
				port int `env:"PORT"`
			}](from(nil))
			return err
		},
		"PORT cannot be loaded: field Port is not exported": func() error {
			_, err := config.Load[struct{ in inner }](from(nil))
			return err
		},
		"PORT cannot be loaded: field In is a pointer to a struct; make it the struct": func() error {
			_, err := config.Load[struct{ In *inner }](from(nil))
			return err
		},
		"PORT cannot be loaded: two fields are filled from it": func() error {
			_, err := config.Load[struct {
				inner
				Other int `env:"PORT"`
			}](from(map[string]string{"PORT": "1"}))
			return err
		},
		"PORT,required is no name of a variable: use letters, digits and _, and tags of their own for options": func() error {
			_, err := config.Load[struct {
				Port int `env:"PORT,required"`
			}](from(nil))
			return err
		},
	} {
		if err := load(); err == nil || err.Error() != what {
			t.Errorf("got %v, want %s", err, what)
		}
	}
}
