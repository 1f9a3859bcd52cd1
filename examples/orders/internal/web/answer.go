package web

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// answer is what a handler decided. Nothing of it is sent before the line
// and the sample of its request are written, so whoever holds an answer finds
// it in logs and metrics; and a handler that panics has sent nothing yet.
type answer struct {
	status int
	body   any // as JSON
}

// statusClientGone is what a request is counted under whose sender closed the
// connection first. Nobody receives it.
const statusClientGone = 499

// failure is the body of every answer that is no success.
type failure struct {
	Error string `json:"error"`
}

func fail(status int, text string) answer { return answer{status, failure{text}} }

func (a answer) send(w http.ResponseWriter) {
	text, err := json.Marshal(a.body)
	if err != nil {
		a.status, text = http.StatusInternalServerError, []byte(`{"error":"internal error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(a.status)
	_, _ = w.Write(text) // a client that left cannot be told
}
