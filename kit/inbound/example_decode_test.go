package inbound_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/problem"
)

// Purchase is what a caller of this example sends.
type Purchase struct {
	Article  string `json:"article"`
	Quantity int    `json:"quantity"`
}

// Validate is asked by Decode.
func (p Purchase) Validate() error {
	var wrong []error
	if p.Article == "" {
		wrong = append(wrong, problem.Field{Pointer: "/article", Detail: "is missing"})
	}
	if p.Quantity < 1 {
		wrong = append(wrong, problem.Field{Pointer: "/quantity", Detail: "must be at least 1"})
	}
	return errors.Join(wrong...)
}

func ExampleDecode() {
	mux := quietMux()
	mux.HandleErr("POST /purchases", func(w http.ResponseWriter, r *http.Request) error {
		p, err := inbound.Decode[Purchase](w, r)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%d of %s", p.Quantity, p.Article)
		return err
	})
	for _, body := range []string{
		`{"article":"tea","quantity":2}`,
		`{"quantity":0}`,
		`{"article":"tea","quantity":"two"}`,
		`{"artikel":"tea"}`,
		`{"article":"tea"`,
	} {
		r := httptest.NewRequest("POST", "/purchases", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		var p problem.Problem
		if json.Unmarshal(w.Body.Bytes(), &p) != nil {
			fmt.Println(w.Code, w.Body)
			continue
		}
		fmt.Println(w.Code, p.Detail, p.Errors)
	}
	// Output:
	// 200 2 of tea
	// 422 the body is not what is expected [/article is missing /quantity must be at least 1]
	// 422 the body is not what is expected [/quantity must be a whole number, not a string]
	// 422 the body is not what is expected [/artikel is not known]
	// 400 the body is not JSON: it ends too early, after 16 bytes []
}
