package kittest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Answer adds a step that answers. The content type is application/json when
// body begins as an object or a list does, else text/plain; [Script.Header]
// changes it.
func (s *Script) Answer(status int, body string) *Script {
	return s.add(&step{
		name:   fmt.Sprintf("status %d", status),
		status: status,
		body:   func(Call) (int, string) { return status, body },
		act:    (*exchange).answer,
	})
}

// AnswerJSON adds a step that answers with value as JSON.
func (s *Script) AnswerJSON(status int, value any) *Script {
	s.u.t.Helper()
	body, err := json.Marshal(value)
	if err != nil {
		s.u.t.Fatalf("kittest: On(%q): AnswerJSON: %v", s.pattern, err)
	}
	return s.Answer(status, string(body))
}

// AnswerFunc adds a step whose answer depends on the call. f may be called by
// several goroutines at once.
func (s *Script) AnswerFunc(f func(Call) (status int, body string)) *Script {
	return s.add(&step{name: "AnswerFunc", body: f, act: (*exchange).answer})
}

// Status adds a step that answers with a status and its name as the body:
// Status(503) is an upstream that is overloaded.
func (s *Script) Status(status int) *Script { return s.Answer(status, http.StatusText(status)) }

// Header adds a header to the answer of the last step. "Connection: close"
// closes the connection after it; "Content-Length" is written as given, and
// lies when it is given wrongly.
func (s *Script) Header(name, value string) *Script {
	s.u.t.Helper()
	return s.change(func(st *step) { st.header.Add(name, value) })
}

// Delay makes the last step wait before it does what it does.
func (s *Script) Delay(d time.Duration) *Script {
	s.u.t.Helper()
	return s.change(func(st *step) { st.delay = d })
}

// Every makes the body of the last step go out one byte at a time, with d
// between two bytes; for [Script.DripHeaders] it is the head.
func (s *Script) Every(d time.Duration) *Script {
	s.u.t.Helper()
	return s.change(func(st *step) { st.every = d })
}

// answer sends the whole answer of the step.
func (x *exchange) answer() {
	status, body := x.step.body(x.call)
	if !x.send(x.head(status, body, len(body))) || x.call.Method == http.MethodHead || !hasBody(status) {
		return
	}
	if x.step.every > 0 {
		x.drip(body)
		return
	}
	x.send(body)
}

// hasBody reports whether an answer of that status may have a body (RFC 9110,
// section 6.4.1).
func hasBody(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// head returns the status line and the headers of an answer that announces
// length bytes of body.
func (x *exchange) head(status int, body string, length int) string {
	header := x.step.header.Clone()
	if header.Get("Content-Type") == "" && length > 0 {
		header.Set("Content-Type", contentType(body))
	}
	if header.Get("Content-Length") == "" && hasBody(status) {
		header.Set("Content-Length", fmt.Sprint(length))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	header.Write(&text)
	text.WriteString("\r\n")
	return text.String()
}

func contentType(body string) string {
	if strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}
