package config

import (
	"maps"
	"strings"
	"testing"
	"time"
)

var whole = map[string]string{
	"PORT":         "8080",
	"STORE_URL":    "redis://store:6379",
	"FRAUD_URL":    "http://fraud:8080/",
	"PAYMENTS_URL": "https://payments",
}

// load reads the whole environment with the given variables changed; an
// empty value takes one away.
func load(change map[string]string) (Config, error) {
	env := maps.Clone(whole)
	maps.Copy(env, change)
	return Load(func(name string) (string, bool) { v := env[name]; return v, v != "" })
}

func TestLoad(t *testing.T) {
	c, err := load(map[string]string{"DRAIN_DELAY": "5s"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Port != "8080" || c.Store.Host != "store:6379" || c.Fraud.String() != "http://fraud:8080" {
		t.Errorf("got %+v", c)
	}
	if c.DrainDelay != 5*time.Second || c.GracePeriod != 10*time.Second {
		t.Errorf("drain delay %s, grace period %s", c.DrainDelay, c.GracePeriod)
	}
}

func TestEveryErrorAtOnce(t *testing.T) {
	_, err := Load(func(string) (string, bool) { return "", false })
	for name := range whole {
		if err == nil || !strings.Contains(err.Error(), name+" is missing") {
			t.Errorf("the error does not say that %s is missing: %v", name, err)
		}
	}
}

func TestMalformed(t *testing.T) {
	for name, values := range map[string][]string{
		"PORT":         {"http", "0", "65536", "-1", "8080x"},
		"STORE_URL":    {"http://store:6379", "store:6379", "redis://", "::"},
		"FRAUD_URL":    {"redis://fraud", "http://", "fraud", "http://:80", "http://a b"},
		"PAYMENTS_URL": {"ftp://payments", "%zz"},
		"DRAIN_DELAY":  {"soon", "5", "-1s", "0s", "10s"},
		"GRACE_PERIOD": {"never"},
	} {
		for _, value := range values {
			_, err := load(map[string]string{name: value})
			if err == nil || !strings.HasPrefix(err.Error(), name+" ") {
				t.Errorf("%s=%q: the error does not name the variable: %v", name, value, err)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("%s=%q: one fault, several errors: %v", name, value, err)
			}
		}
	}
}

func TestErrorsKeepValuesToThemselves(t *testing.T) {
	_, err := load(map[string]string{"FRAUD_URL": "http//user:hunter2@fraud"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}
