package inbound

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/golive-dev/golive/kit/problem"
)

// maxDepth is how deep arrays and objects may nest: enough for any message
// between people's programs, and no strain for a recursive reader of it.
const maxDepth = 64

// wellFormed refuses what encoding/json would take, repair or stumble over.
func wellFormed(data []byte) error {
	switch {
	case len(bytes.TrimLeft(data, " \t\r\n")) == 0:
		return malformed("the body is empty")
	case !utf8.Valid(data):
		return malformed("the body is not UTF-8")
	}
	if err := shallow(data); err != nil {
		return err
	}
	var whole json.RawMessage
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&whole); err != nil {
		return malformed("the body is not JSON: " + syntaxOf(data, err)).Because(err)
	}
	if rest := bytes.TrimLeft(data[d.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return malformed(fmt.Sprintf("there is something behind the JSON value, at byte %d", len(data)-len(rest)))
	}
	if string(bytes.TrimSpace(whole)) == "null" {
		return unfit(problem.Field{Pointer: "", Detail: "must not be null"})
	}
	return nil
}

func malformed(detail string) *problem.Problem {
	return problem.New(http.StatusBadRequest, detail)
}

// syntaxOf says where the JSON ends to be JSON.
func syntaxOf(data []byte, err error) string {
	if s, ok := err.(*json.SyntaxError); ok {
		return fmt.Sprintf("%v at byte %d", s, s.Offset)
	}
	return fmt.Sprintf("it ends too early, after %d bytes", len(data))
}

// shallow counts brackets outside of strings, before anything recurses.
func shallow(data []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return malformed(fmt.Sprintf("the body nests deeper than %d levels", maxDepth))
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return nil
}
