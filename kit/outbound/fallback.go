package outbound

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// A Fallback decides what a caller gets when the dependency gave no answer within its deadline and attempts,
// answered 429 or 5xx, or was not asked because the breaker is open or the bulkhead full. It is not used when the
// caller itself left. Each use is counted (http_client_fallbacks_total), logged (call.fell_back) and marked ([FellBack]).
type Fallback interface {
	// Kind names the fallback in metrics and logs, as in "stale".
	Kind() string
	// Answer returns the answer in place of the dependency's, or an error when there is none. It must not wait: the
	// call's time is used up. failure is what the call ended with, an *Error.
	Answer(req *http.Request, failure error) (*http.Response, error)
}

// A keeper is a fallback that learns from good answers.
type keeper interface {
	keep(req *http.Request, resp *http.Response, content []byte)
}

type fellBackKey struct{}

// FellBack reports whether resp came from a fallback, and its kind. No header of the peer can feign it.
func FellBack(resp *http.Response) (kind string, ok bool) {
	if resp == nil || resp.Request == nil {
		return "", false
	}
	kind, ok = resp.Request.Context().Value(fellBackKey{}).(string)
	return kind, ok
}

// Fail decides that there is no answer without the dependency: the caller gets the *Error.
func Fail() Fallback { return fail{} }

type fail struct{}

func (fail) Kind() string                                                  { return "fail" }
func (fail) Answer(_ *http.Request, failure error) (*http.Response, error) { return nil, failure }

// Func makes a fallback of a function; kind names it in metrics and logs. The rules of [Fallback.Answer] hold for f.
func Func(kind string, f func(req *http.Request, failure error) (*http.Response, error)) Fallback {
	return function{kind: kind, answer: f}
}

type function struct {
	kind   string
	answer func(*http.Request, error) (*http.Response, error)
}

func (f function) Kind() string { return f.kind }
func (f function) Answer(req *http.Request, failure error) (*http.Response, error) {
	return f.answer(req, failure)
}

func (f function) validate() error {
	if f.kind == "" || f.answer == nil {
		return fmt.Errorf("Fallback: outbound.Func needs a kind and a function")
	}
	return nil
}

// Degraded decides for a fixed answer that says less than the dependency would, such as an empty list. It is given
// for every method: choose a status that tells the caller's code the truth. status is 200 to 599, but no redirect.
func Degraded(status int, contentType, body string) Fallback {
	return degraded{status: status, contentType: contentType, body: []byte(body)}
}

type degraded struct {
	status      int
	contentType string
	body        []byte
}

func (degraded) Kind() string { return "degraded" }

func (d degraded) Answer(req *http.Request, _ error) (*http.Response, error) {
	h := make(http.Header, 2)
	if d.contentType != "" {
		h.Set("Content-Type", d.contentType)
	}
	return newResponse(req, d.status, h, d.body), nil
}

func (d degraded) validate() error {
	if d.status < 200 || d.status > 599 || d.status/100 == 3 {
		return fmt.Errorf("Fallback: outbound.Degraded has status %d: must be 2xx, 4xx or 5xx", d.status)
	}
	return nil
}

// newResponse makes an answer that did not come over a network.
func newResponse(req *http.Request, status int, h http.Header, body []byte) *http.Response {
	h.Set("Content-Length", strconv.Itoa(len(body)))
	resp := &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, ContentLength: int64(len(body)), Request: req,
	}
	if req.Method == http.MethodHead || len(body) == 0 {
		resp.Body = http.NoBody
		return resp
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp
}
