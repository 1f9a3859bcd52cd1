package kittest_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
)

// wire asks for / over a bare connection and returns what came within d, and
// how it ended.
func wire(t testing.TB, u *kittest.Upstream, d time.Duration) (text string, err error) {
	c, err := net.Dial("tcp", strings.TrimPrefix(u.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(d))
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: upstream\r\n\r\n")
	raw, err := io.ReadAll(c)
	return string(raw), err
}

// Each fault is looked at from the other end of the wire: what comes, and how
// the connection ends.
func TestFaultsAreThoseOfANetwork(t *testing.T) {
	const soon = 300 * time.Millisecond // for what never ends
	const whole = "HTTP/1.1 200 OK\r\n"
	for _, test := range []struct {
		name   string
		script func(s *kittest.Script)
		within time.Duration
		begins string
		least  int // bytes
		err    error
	}{
		{"silence", func(s *kittest.Script) { s.Hang() }, soon, "", 0, os.ErrDeadlineExceeded},
		{"headers, then silence", func(s *kittest.Script) { s.HangAfterHeaders() }, soon, whole + "Content-Length: 1048576\r\n", 85, os.ErrDeadlineExceeded},
		{"drip", func(s *kittest.Script) { s.Drip().Every(time.Millisecond) }, soon, whole + "Content-Length: 1048576\r\n", 88, os.ErrDeadlineExceeded},
		{"header drip", func(s *kittest.Script) { s.DripHeaders().Every(time.Millisecond) }, soon, whole + "X-Padding: ", 35, os.ErrDeadlineExceeded},
		{"reset", func(s *kittest.Script) { s.Reset() }, time.Minute, "", 0, syscall.ECONNRESET},
		{"close", func(s *kittest.Script) { s.Close() }, time.Minute, "", 0, nil},
		{"cut", func(s *kittest.Script) { s.Cut() }, time.Minute, whole + "Content-Length: 1024\r\n", 82 + 512, nil},
		{"malformed", func(s *kittest.Script) { s.Malformed() }, time.Minute, "kittest speaks no HTTP", 26, nil},
		{"slow body", func(s *kittest.Script) {
			s.Answer(200, "whole").Every(time.Millisecond).Header("Connection", "close")
		}, time.Minute, whole, 40, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := kittest.NewUpstream(t)
			test.script(u.On("GET /"))
			text, err := wire(t, u, test.within)
			if !errors.Is(err, test.err) || err != nil && test.err == nil {
				t.Errorf("ended with %v, want %v", err, test.err)
			}
			if !strings.HasPrefix(text, test.begins) || len(text) < test.least || test.least == 0 && text != "" {
				t.Errorf("%d bytes came: %.80q", len(text), text)
			}
			hung := errors.Is(test.err, os.ErrDeadlineExceeded)
			if x := u.AwaitOver("GET /")[0]; x.GaveUp != hung || x.Took == 0 {
				t.Errorf("%+v", x)
			}
		})
	}
}

func TestDelayComesBeforeTheFault(t *testing.T) {
	const delay = 50 * time.Millisecond
	u := kittest.NewUpstream(t)
	u.On("GET /").Answer(200, "late").Delay(delay).Times(1).Then().Status(200).Delay(time.Hour)
	status, body, err := call(t, caller(t, 0), "GET", u.URL, "")
	if status != 200 || body != "late" || err != nil || u.AwaitOver("GET /")[0].Took < delay {
		t.Errorf("%d %q %v: %+v", status, body, err, u.Calls(""))
	}
	_, _, err = call(t, caller(t, delay), "GET", u.URL, "")
	if !os.IsTimeout(err) || !u.AwaitOver("GET /")[1].GaveUp {
		t.Errorf("%v: %+v", err, u.Calls(""))
	}
}

// What a client sends while an answer is on its way is not lost.
func TestUpstreamKeepsWhatWasSentEarly(t *testing.T) {
	u := kittest.NewUpstream(t)
	u.On("GET /").Status(200).Delay(50 * time.Millisecond).Times(2)
	c, err := net.Dial("tcp", strings.TrimPrefix(u.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	const request = "GET / HTTP/1.1\r\nHost: upstream\r\n\r\n"
	io.WriteString(c, request+request)
	br := bufio.NewReader(c)
	for range 2 {
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

func TestUpstreamBoundsRequests(t *testing.T) {
	wants(t, try(t, func(t testing.TB) {
		u := kittest.NewUpstream(t)
		u.On("POST /").Status(200).Optional()
		call(t, caller(t, 0), "POST", u.URL, strings.Repeat("x", 16<<20+1))
	}), "POST /: body longer than 16777216 bytes")
}
