package load_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golive-dev/golive/rig/load"
)

func TestHalfSent(t *testing.T) {
	first, rest := make(chan string, 1), make(chan string, 1)
	url := web(t, func(w http.ResponseWriter, r *http.Request) {
		half := make([]byte, 5)
		io.ReadFull(r.Body, half)
		first <- string(half)
		other, _ := io.ReadAll(r.Body)
		rest <- string(other)
		w.WriteHeader(201)
	})
	release, planted := make(chan struct{}), make(chan struct{})
	go func() {
		<-planted
		if got := <-first; got != "01234" {
			t.Errorf("the service got %q, want the first half", got)
		}
		select {
		case got := <-rest:
			t.Errorf("%q came before the release", got)
		default:
		}
		close(release)
	}()
	r := maker(t, url, order).Next()
	r.Plant = "body-short"
	res := load.HalfSent(within(t), r, load.HalfSentOptions{Release: release, Planted: func() { close(planted) }})
	if !res.OK() || res.Plant != "body-short" || res.Status != 201 {
		t.Errorf("result = %+v", res)
	}
	if got := <-rest; got != "56789" {
		t.Errorf("the service got %q at last, want the other half", got)
	}
}

func TestHalfSentHolds(t *testing.T) {
	const hold = 50 * time.Millisecond
	url := web(t, func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); w.WriteHeader(201) })
	res := load.HalfSent(within(t), maker(t, url, order).Next(), load.HalfSentOptions{Hold: hold})
	if !res.OK() || res.Took.D() < hold {
		t.Errorf("result = %+v, want it to take the hold of %s", res, hold)
	}
}

func TestHalfSentIsCut(t *testing.T) {
	for _, test := range []struct {
		name, err string
		cut       func(c connection)
	}{
		{"closed", "connection closed ", func(connection) {}},
		{"reset", "connection reset ", connection.reset},
	} {
		t.Run(test.name, func(t *testing.T) {
			planted := make(chan struct{})
			s := serve(t, func(c connection) {
				<-planted
				io.ReadFull(c.br, make([]byte, 100)) // a close with unread bytes would be a reset
				c.br.Discard(c.br.Buffered())
				test.cut(c)
			})
			res := load.HalfSent(within(t), maker(t, s.url, order).Next(), load.HalfSentOptions{Planted: func() { close(planted) }})
			if !strings.HasPrefix(res.Error, test.err) || !strings.HasSuffix(res.Error, "into the hold, before the body was complete") || res.Open {
				t.Errorf("result = %+v", res)
			}
		})
	}
}

func TestHalfSentIsCutAfterTheHold(t *testing.T) {
	s := serve(t, func(c connection) { c.request() })
	res := load.HalfSent(within(t), maker(t, s.url, order).Next(), load.HalfSentOptions{Hold: time.Millisecond})
	if res.Error != "connection closed before an answer" {
		t.Errorf("result = %+v", res)
	}
}

func TestHalfSentIsAnsweredEarly(t *testing.T) {
	s := serve(t, func(c connection) {
		io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 4\r\n\r\nslow")
		c.hang()
	})
	res := load.HalfSent(within(t), maker(t, s.url, order).Next(), load.HalfSentOptions{})
	if res.Status != 408 || res.Body != "slow" || res.Error != "" || res.OK() {
		t.Errorf("result = %+v, want 408", res)
	}
}

func TestHalfSentStopsWaiting(t *testing.T) {
	s := serve(t, connection.hang)
	res := load.HalfSent(within(t), maker(t, s.url, order).Next(), load.HalfSentOptions{Hold: 1, Limit: 20 * time.Millisecond})
	if !res.Open || res.Error != "" {
		t.Errorf("result = %+v, want it open", res)
	}
}

func TestHalfSentEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(within(t))
	s := serve(t, connection.hang)
	res := load.HalfSent(ctx, maker(t, s.url, order).Next(), load.HalfSentOptions{Planted: cancel})
	if !res.Open {
		t.Errorf("result = %+v, want it open", res)
	}
}

func TestHalfSentCannotPlant(t *testing.T) {
	var planted atomic.Bool
	o := load.HalfSentOptions{Planted: func() { planted.Store(true) }}
	if res := load.HalfSent(within(t), maker(t, refused(t), look).Next(), o); !res.NotSent() || !strings.Contains(res.Error, "no body") {
		t.Errorf("without a body: %+v", res)
	}
	if res := load.HalfSent(within(t), maker(t, refused(t), order).Next(), o); res.Error != "connection refused before the request" {
		t.Errorf("refused: %+v", res)
	}
	if planted.Load() {
		t.Error("it says that it planted")
	}
}
