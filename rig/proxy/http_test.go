package proxy

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
)

func TestCallIsRecorded(t *testing.T) {
	p, b := before(t, true, upstream(t))
	r, _ := http.NewRequest("POST", "http://"+p.Addr()+"/orders?x=%2f", strings.NewReader(`{"id":1}`))
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	r.Header.Add("X-Many", "one")
	r.Header.Add("X-Many", "two")
	r.Header.Set("X-Long", strings.Repeat("ä", 400))
	start := time.Now()
	res, err := client(t, patience, 0).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	c := b.await(t, 1)[0]
	sum := sha256.Sum256([]byte(`{"id":1}`))
	if c.Method != "POST" || c.Path != "/orders?x=%2f" || c.Status != 200 || c.End != evidence.Answered ||
		c.Conn != 1 || c.Nth != 1 || c.BodyHash != hex.EncodeToString(sum[:8]) {
		t.Errorf("call %+v", c)
	}
	if c.Header["traceparent"] != r.Header.Get("Traceparent") || c.Header["x-many"] != "one, two" ||
		c.Header["host"] != p.Addr() || c.Header["x-long"] != strings.Repeat("ä", 256) {
		t.Errorf("header %q", c.Header)
	}
	if b.at[0].Before(start) || c.Took <= 0 || c.Took.D() > time.Since(start) {
		t.Errorf("arrived at %v and took %v; the request began at %v", b.at[0], c.Took, start)
	}
}

func TestConnectionsAreTold(t *testing.T) {
	p, b := before(t, true, upstream(t))
	c := client(t, patience, 0)
	for range 3 {
		_, _, _ = get(c, p, "/")
	}
	c.CloseIdleConnections()
	_, _, _ = get(c, p, "/")
	var got []string
	for _, c := range b.await(t, 4) {
		got = append(got, fmt.Sprint(c.Conn, ".", c.Nth))
	}
	slices.Sort(got) // each is reported when it is over, which the next does not wait for
	if want := "1.1 1.2 1.3 2.1"; strings.Join(got, " ") != want {
		t.Errorf("connections %v, want %s", got, want)
	}
}

// TestAnswersPass sends requests through the proxy and directly and compares.
func TestAnswersPass(t *testing.T) {
	target := upstream(t)
	p, b := before(t, true, target)
	c := client(t, patience, 0)
	n := 0
	for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
		for _, path := range []string{"/", "/204", "/304", "/empty", "/chunked", "/echo"} {
			see := func(addr string) string {
				r, _ := http.NewRequest(method, "http://"+addr+path, nil)
				if method == "POST" {
					r.Body, r.ContentLength = io.NopCloser(strings.NewReader("some body")), -1 // chunked
				}
				res, err := c.Do(r)
				if err != nil {
					return err.Error()
				}
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				res.Header.Del("Date")
				return fmt.Sprintf("%d %v %q %v %v %v %d", res.StatusCode, res.Header, body, err, res.Trailer, res.TransferEncoding, res.ContentLength)
			}
			if through, direct := see(p.Addr()), see(target); through != direct {
				t.Errorf("%s %s\nthrough the proxy: %s\ndirectly:          %s", method, path, through, direct)
			}
			n++
		}
	}
	for _, c := range b.await(t, n) {
		if c.Conn != 1 || c.End != evidence.Answered {
			t.Errorf("call %+v, want all on one connection", c)
		}
	}
}

// TestBytesPassAsTheyAre compares bytes, not meanings: case and order of
// headers, odd spacing, chunk extensions and trailers.
func TestBytesPassAsTheyAre(t *testing.T) {
	const request = "POST /a/../b?q HTTP/1.1\r\nhOsT: x\r\nb: 2\r\na:1\r\ntransfer-encoding: chunked\r\n\r\n" +
		"4;ext=1\r\nbody\r\n0\r\nTrail: er\r\n\r\n"
	const reply = "HTTP/1.1 103 Early Hints\r\nlink: y\r\n\r\n" +
		"HTTP/1.1 200 Fine By Me\r\nz: 1\r\nTRANSFER-encoding: chunked\r\nA: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n"
	got := make(chan string, 1)
	p, b := before(t, true, serve(t, func(c net.Conn) {
		buf := make([]byte, len(request))
		_, _ = io.ReadFull(c, buf)
		got <- string(buf)
		_, _ = io.WriteString(c, reply)
		_, _ = io.Copy(io.Discard, c)
	}))
	c := dial(t, p)
	_, _ = io.WriteString(c, request)
	answer := make([]byte, len(reply))
	_, err := io.ReadFull(c, answer)
	if err != nil || string(answer) != reply || <-got != request {
		t.Errorf("answer %q, %v", answer, err)
	}
	if c := b.await(t, 1)[0]; c.Status != 200 || c.Path != "/a/../b?q" || c.BodyHash != hashOf("body") {
		t.Errorf("call %+v", c)
	}
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

func TestCloseDelimitedAnswer(t *testing.T) {
	p, b := before(t, true, serve(t, func(c net.Conn) {
		_, _ = http.ReadRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\nuntil I close")
	}))
	if status, body, err := get(client(t, patience, 0), p, "/"); status != 200 || body != "until I close" || err != nil {
		t.Errorf("%d %q %v", status, body, err)
	}
	if c := b.await(t, 1)[0]; c.End != evidence.Answered {
		t.Errorf("call %+v", c)
	}
}

func TestContinue(t *testing.T) {
	refused := false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refused {
			w.WriteHeader(http.StatusExpectationFailed)
			return
		}
		_, _ = io.Copy(w, r.Body) // asks for the body with 100 Continue
	}))
	defer s.Close()
	p, b := before(t, true, s.Listener.Addr().String())
	c := client(t, patience, 0)
	c.Transport.(*http.Transport).ExpectContinueTimeout = patience
	post := func() (int, string) {
		r, _ := http.NewRequest("POST", "http://"+p.Addr(), strings.NewReader("big body"))
		r.Header.Set("Expect", "100-continue")
		res, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(body)
	}
	if status, body := post(); status != 200 || body != "big body" {
		t.Errorf("%d %q", status, body)
	}
	refused = true
	if status, _ := post(); status != 417 {
		t.Errorf("status %d, want 417", status)
	}
	p.Break(Status{Code: 500})
	if status, _ := post(); status != 500 {
		t.Errorf("status %d, want 500", status)
	}
	if c := b.await(t, 3); c[0].BodyHash != hashOf("big body") || c[1].BodyHash != "" {
		t.Errorf("calls %+v", c)
	}
}

func TestStatusAsksForPatience(t *testing.T) {
	p, _ := before(t, true, upstream(t))
	for seconds, want := range map[int]string{0: "", 2: "2"} {
		p.Break(Status{RetryAfter: seconds})
		res, err := client(t, 0, 0).Get("http://" + p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Header.Get("Retry-After"); res.StatusCode != 503 || got != want {
			t.Errorf("status %d, Retry-After %q, want %q", res.StatusCode, got, want)
		}
		_ = res.Body.Close()
	}
}

func TestUpgrade(t *testing.T) {
	p, b := before(t, true, serve(t, func(c net.Conn) {
		br := bufio.NewReader(c)
		_, _ = http.ReadRequest(br)
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_, _ = io.Copy(c, br)
	}))
	c := dial(t, p)
	_, _ = io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	br := bufio.NewReader(c)
	res, err := http.ReadResponse(br, nil)
	if err != nil || res.StatusCode != 101 {
		t.Fatalf("%v %v", res, err)
	}
	if c := b.await(t, 1)[0]; c.Status != 101 || c.End != evidence.Answered {
		t.Errorf("call %+v", c)
	}
	for range 3 {
		_, _ = io.WriteString(c, "ping\n")
		if got, err := br.ReadString('\n'); got != "ping\n" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	p.Break(Silence{})
	_ = c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = io.WriteString(c, "ping\n")
	if got, err := br.ReadString('\n'); !isTimeout(err) {
		t.Errorf("%q, %v under silence", got, err)
	}
}

func TestHTTP2IsForwarded(t *testing.T) {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	s.Config.Protocols = &protocols
	s.Start()
	defer s.Close()
	p, b := before(t, true, s.Listener.Addr().String())
	tr := &http.Transport{Protocols: &protocols}
	c := &http.Client{Transport: tr, Timeout: patience}
	if _, body, err := get(c, p, "/"); body != "HTTP/2.0" {
		t.Fatalf("%q %v", body, err)
	}
	p.Break(Silence{})
	c.Timeout = 100 * time.Millisecond
	if _, body, err := get(c, p, "/"); err == nil {
		t.Errorf("%q under silence", body)
	}
	tr.CloseIdleConnections()
	if hits := p.Repair(); hits != 1 {
		t.Errorf("%d hits", hits)
	}
	if c := b.await(t, 2); c[0].Method != "" || c[1].Shape != "silence" {
		t.Errorf("calls %+v", c)
	}
}

func TestTLSIsForwarded(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "secret") }))
	defer s.Close()
	p, b := before(t, true, s.Listener.Addr().String())
	c := s.Client()
	res, err := c.Get("https://" + p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	c.CloseIdleConnections()
	if c := b.await(t, 1)[0]; c.Conn != 1 || c.End != evidence.Answered {
		t.Errorf("call %+v", c)
	}
}

// TestStreamsLargeBodies sends 64 MiB both ways. Buffering them would show.
func TestStreamsLargeBodies(t *testing.T) {
	const size = 64 << 20
	p, b := before(t, true, upstream(t))
	var start, end runtime.MemStats
	runtime.ReadMemStats(&start)
	res, err := client(t, 0, 0).Post("http://"+p.Addr()+"/echo", "application/octet-stream", io.LimitReader(zeros{}, size))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if n != size || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	runtime.ReadMemStats(&end)
	if grown := end.TotalAlloc - start.TotalAlloc; grown > size/4 {
		t.Errorf("%d MiB were allocated for a body of 64 MiB", grown>>20)
	}
	sum := sha256.New()
	_, _ = io.CopyN(sum, zeros{}, size)
	if c := b.await(t, 1)[0]; c.BodyHash != hex.EncodeToString(sum.Sum(nil)[:8]) {
		t.Errorf("call %+v", c)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// TestGivesUpWhileTheAnswerComes: the service closes in the middle of a body
// that never ends, and the dependency must learn of it.
func TestGivesUpWhileTheAnswerComes(t *testing.T) {
	told := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(told)
	}))
	defer s.Close()
	p, b := before(t, true, s.Listener.Addr().String())
	if status, _, err := get(client(t, 150*time.Millisecond, 0), p, "/"); status != 200 || err == nil {
		t.Errorf("%d %v", status, err)
	}
	c := b.await(t, 1)[0]
	if c.End != evidence.GaveUp || c.Shape != "" {
		t.Errorf("call %+v, want it given up", c)
	}
	atAbout(t, c.Took.D(), 150*time.Millisecond)
	<-told
}

func TestDependencyCutsAnswer(t *testing.T) {
	p, b := before(t, true, serve(t, func(c net.Conn) {
		_, _ = http.ReadRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
	}))
	if status, body, err := get(client(t, patience, 0), p, "/"); status != 200 || body != "half" || err == nil {
		t.Errorf("%d %q %v", status, body, err)
	}
	if c := b.await(t, 1)[0]; c.End != evidence.Cut {
		t.Errorf("call %+v, want it cut", c)
	}
}

// TestIdleConnectionClosedByDependency: a pool must see that its connection
// died while nobody used it.
func TestIdleConnectionClosedByDependency(t *testing.T) {
	p, _ := before(t, true, serve(t, func(c net.Conn) {
		_, _ = http.ReadRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}))
	c := dial(t, p)
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if all, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(all), "HTTP/1.1 200") {
		t.Errorf("%q, %v; want the answer and the end", all, err)
	}
}
