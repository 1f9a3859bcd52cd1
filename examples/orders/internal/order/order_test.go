package order

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/redact"
)

func draft() Draft {
	return Draft{Customer: "c-1", Email: redact.NewPII("ada@example.com"), Name: redact.NewPII("Ada"), Item: "tea", Quantity: 2}
}

func TestValidate(t *testing.T) {
	good := draft()
	if err := good.Validate(); err != nil {
		t.Errorf("a valid draft: %v", err)
	}
	for want, change := range map[string]func(*Draft){
		"/customer is missing":               func(d *Draft) { d.Customer = "" },
		"/item is missing":                   func(d *Draft) { d.Item = "" },
		"/email is missing":                  func(d *Draft) { d.Email = redact.NewPII("") },
		"/email must be a mail address":      func(d *Draft) { d.Email = redact.NewPII("ada") },
		"/name must have at most 200":        func(d *Draft) { d.Name = redact.NewPII(strings.Repeat("é", 201)) },
		"/item must have at most 200":        func(d *Draft) { d.Item = "tea\x00" },
		"/quantity must be from 1 to 1000":   func(d *Draft) { d.Quantity = 1001 },
		"/name is missing\n/item is missing": func(d *Draft) { d.Name, d.Item = redact.NewPII(""), "" },
	} {
		d := draft()
		change(&d)
		if err := d.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestPersonalDataIsReadAndNeverPrinted(t *testing.T) {
	var d Draft
	if err := json.Unmarshal([]byte(`{"customer":"c-1","email":"ada@example.com","name":"Ada","item":"tea","quantity":2}`), &d); err != nil {
		t.Fatal(err)
	}
	if d.Email.Reveal() != "ada@example.com" || d.Name.Reveal() != "Ada" {
		t.Error("what a customer sent is not read")
	}
	printed, _ := json.Marshal(d)
	for _, text := range []string{string(printed), fmt.Sprintf("%v %+v %#v", d, d, d)} {
		if strings.Contains(text, "ada@") || strings.Contains(text, `"Ada"`) {
			t.Errorf("printed: %s", text)
		}
	}
}
