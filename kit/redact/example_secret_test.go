package redact_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/golive-dev/golive/kit/redact"
)

// A secret shows nothing wherever it is printed, and gives its content to
// Reveal only.
func ExampleSecret() {
	type login struct {
		User     string
		Password redact.Secret[string]
	}
	l := login{"orders", redact.NewSecret("hunter2")}

	fmt.Printf("%v\n%+v\n", l, l)
	fmt.Println(errors.Join(errors.New("connect failed"), fmt.Errorf("as %v", &l)))
	text, _ := json.Marshal(l)
	fmt.Println(string(text))
	fmt.Println(len(l.Password.Reveal()))
	// Output:
	// {orders [secret]}
	// {User:orders Password:[secret]}
	// connect failed
	// as &{orders [secret]}
	// {"User":"orders","Password":"[secret]"}
	// 7
}
