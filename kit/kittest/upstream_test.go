package kittest_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
)

// caller is a client that sends nothing twice unasked and leaves no
// connection behind.
func caller(t testing.TB, timeout time.Duration) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: timeout}
}

// call returns the status and the body, or the error of either.
func call(t testing.TB, c *http.Client, method, url, body string) (status int, text string, err error) {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw), err
}

func TestUpstreamAnswersStepByStep(t *testing.T) {
	u := kittest.NewUpstream(t)
	u.On("PUT /charges/{id}").Status(503).Times(2).Then().Answer(200, `{"state":"charged"}`)
	u.On("GET /rates").AnswerJSON(200, map[string]int{"eur": 1}).Header("Cache-Control", "no-store")
	c := caller(t, 0)
	for i, want := range []int{503, 503, 200, 200} {
		status, body, err := call(t, c, "PUT", u.URL+"/charges/7?dry=1", "amount=5")
		if status != want || err != nil || want == 200 && body != `{"state":"charged"}` {
			t.Errorf("call %d: %d %q %v, want %d", i, status, body, err, want)
		}
	}
	if status, body, err := call(t, c, "GET", u.URL+"/rates", ""); status != 200 || body != `{"eur":1}` || err != nil {
		t.Errorf("%d %q %v", status, body, err)
	}
	calls := u.Calls("PUT /charges/{id}")
	if len(calls) != 4 || len(u.Calls("")) != 5 {
		t.Fatalf("%d calls of %d", len(calls), len(u.Calls("")))
	}
	first := calls[0]
	if first.Method != "PUT" || first.Path != "/charges/7" || first.Query != "dry=1" || string(first.Body) != "amount=5" ||
		first.Header.Get("User-Agent") == "" || first.At.IsZero() || first.Conn != 1 || calls[3].Conn != 1 {
		t.Errorf("first call: %+v", first)
	}
}

func TestUpstreamSendsWhatWasScripted(t *testing.T) {
	u := kittest.NewUpstream(t)
	u.On("/empty").Status(204)
	u.On("/list").Answer(200, "[1]").Header("Connection", "close")
	u.On("/text").Answer(429, "slow down").Header("Retry-After", "3").Header("Content-Type", "text/x")
	u.On("POST /echo").AnswerFunc(func(c kittest.Call) (int, string) { return 201, string(c.Body) })
	c := caller(t, 0)
	get := func(path string) *http.Response {
		resp, err := c.Get(u.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	if r := get("/empty"); r.StatusCode != 204 || r.ContentLength != 0 {
		t.Errorf("%+v", r)
	}
	if r := get("/list"); !r.Close || r.Header.Get("Content-Type") != "application/json" || r.ContentLength != 3 {
		t.Errorf("%+v", r)
	}
	if r := get("/text"); r.StatusCode != 429 || r.Header.Get("Retry-After") != "3" || r.Header.Get("Content-Type") != "text/x" {
		t.Errorf("%+v", r)
	}
	if status, body, err := call(t, c, "POST", u.URL+"/echo", "hello"); status != 201 || body != "hello" || err != nil {
		t.Errorf("%d %q %v", status, body, err)
	}
	if status, body, err := call(t, c, "HEAD", u.URL+"/list", ""); status != 200 || body != "" || err != nil {
		t.Errorf("%d %q %v", status, body, err)
	}
}

func TestUpstreamAsksForABodyThatWaits(t *testing.T) {
	u := kittest.NewUpstream(t)
	u.On("PUT /file").Status(200)
	transport := &http.Transport{ExpectContinueTimeout: time.Minute}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequest("PUT", u.URL+"/file", strings.NewReader("content"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Expect", "100-continue")
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if body := string(u.Calls("PUT /file")[0].Body); body != "content" {
		t.Errorf("body %q", body)
	}
}

func TestUpstreamGoesDownAndUp(t *testing.T) {
	u := kittest.NewUpstream(t)
	u.On("GET /").Status(200)
	c := caller(t, 0)
	if _, _, err := call(t, c, "GET", u.URL, ""); err != nil || u.OpenConnections() != 1 {
		t.Fatalf("%v, %d connections", err, u.OpenConnections())
	}
	u.Down()
	if _, _, err := call(t, c, "GET", u.URL, ""); !errors.Is(err, syscall.ECONNREFUSED) || u.OpenConnections() != 0 {
		t.Errorf("down: %v, %d connections", err, u.OpenConnections())
	}
	u.Up()
	if status, _, err := call(t, c, "GET", u.URL, ""); status != 200 || err != nil {
		t.Errorf("up: %d %v", status, err)
	}
	if calls := u.Calls("GET /"); len(calls) != 2 || calls[1].Conn != 2 {
		t.Errorf("%+v", calls)
	}
}

func TestUpstreamCountsConnections(t *testing.T) {
	u := kittest.NewUpstream(t)
	u.On("GET /").Hang()
	c := caller(t, 50*time.Millisecond)
	for range 3 {
		call(t, c, "GET", u.URL, "")
	}
	u.AwaitConnections(0)
	for i, x := range u.AwaitOver("GET /") {
		if !x.GaveUp || x.Took == 0 || x.Conn != i+1 {
			t.Errorf("%+v", x)
		}
	}
}

func TestAScriptCanBeGoneOnWith(t *testing.T) {
	u := kittest.NewUpstream(t)
	u.On("GET /").Answer(200, "")
	c := caller(t, 0)
	for range 3 {
		call(t, c, "GET", u.URL, "")
	}
	u.On("GET /").Status(500)
	if status, _, _ := call(t, c, "GET", u.URL, ""); status != 500 {
		t.Errorf("status %d after another step was added", status)
	}
	if n := len(u.AwaitCalls("GET /", 4)); n != 4 {
		t.Errorf("%d calls", n)
	}
}

func TestUpstreamComplainsOfTheUnexpected(t *testing.T) {
	complaint := try(t, func(t testing.TB) {
		u := kittest.NewUpstream(t)
		u.On("GET /rates").Status(200).Times(1)
		c := caller(t, 0)
		call(t, c, "GET", u.URL+"/rates", "")
		status, body, _ := call(t, c, "GET", u.URL+"/rates", "")
		if status != 501 || !strings.Contains(body, "unexpected call: GET /rates") {
			t.Errorf("answered %d %q", status, body)
		}
		call(t, c, "DELETE", u.URL+"/rates", "")
		call(t, c, "DELETE", u.URL+"/rates", "")
	})
	wants(t, complaint,
		`1 × unexpected call of the upstream: GET /rates: the script of "GET /rates" ends after call 1`,
		"2 × unexpected call of the upstream: DELETE /rates: scripted are GET /rates")
	if strings.Contains(complaint, "answered") {
		t.Error(complaint)
	}
	wants(t, try(t, func(t testing.TB) { call(t, caller(t, 0), "GET", kittest.NewUpstream(t).URL, "") }), "nothing is scripted")
}

func TestUpstreamComplainsOfWhatDidNotCome(t *testing.T) {
	wants(t, try(t, func(t testing.TB) {
		u := kittest.NewUpstream(t)
		u.On("GET /rates").Status(503).Times(2).Answer(200, "")
		u.On("GET /never").Hang()
		call(t, caller(t, 0), "GET", u.URL+"/rates", "")
	}),
		"upstream_test.go:", "the upstream awaited 2 × GET /rates, to be answered with status 503; 1 came",
		"awaited 1 × GET /rates, to be answered with status 200; 0 came",
		"awaited 1 × GET /never, to be answered with silence; 0 came")
	wants(t, try(t, func(t testing.TB) {
		u := kittest.NewUpstream(t)
		u.On("GET /rates").Status(503).Times(2).Optional()
		u.On("GET /never").Hang().Optional()
		call(t, caller(t, 0), "GET", u.URL+"/rates", "")
	}))
}

func TestUpstreamComplainsOfWrongScripts(t *testing.T) {
	for want, script := range map[string]func(u *kittest.Upstream){
		`On("GET rates")`:                 func(u *kittest.Upstream) { u.On("GET rates") },
		"conflicts with":                  func(u *kittest.Upstream) { u.On("/a/{x}").Status(200); u.On("/{y}/b") },
		"say first what it answers":       func(u *kittest.Upstream) { u.On("/").Times(2) },
		"leave out what must not be":      func(u *kittest.Upstream) { u.On("/").Status(200).Times(0) },
		"AnswerJSON":                      func(u *kittest.Upstream) { u.On("/").AnswerJSON(200, func() {}) },
		`Calls("GET /x"): no such script`: func(u *kittest.Upstream) { u.On("GET /y").Status(200).Optional(); u.Calls("GET /x") },
		"up already":                      func(u *kittest.Upstream) { u.Up() },
	} {
		wants(t, try(t, func(t testing.TB) { script(kittest.NewUpstream(t)) }), want)
	}
}
