package inbound_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/inbound"
)

// answers reads the answers on a connection one after the other.
type answers struct{ r *bufio.Reader }

func newAnswers(c net.Conn) answers { return answers{bufio.NewReader(c)} }

func (a answers) next(t testing.TB, method string) (*http.Response, string) {
	t.Helper()
	resp, err := http.ReadResponse(a.r, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	return resp, read(t, resp)
}

func TestWhatIsFlushedArrives(t *testing.T) {
	r := newRig(t, nil)
	goOn := make(chan struct{})
	r.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "first ")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-goOn
		io.WriteString(w, "second")
	})
	resp, err := http.Get("http://" + r.listen())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	first := make([]byte, 6)
	if _, err := io.ReadFull(resp.Body, first); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	if rest := read(t, resp); string(first)+rest != "first second" {
		t.Errorf("%q %q", first, rest)
	}
	if r.completed()["bytes_out"] != 12.0 {
		t.Errorf("%v", r.completed())
	}
}

func TestFlushAloneSends200(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		w.WriteHeader(500) // too late
	})
	if w := r.ask("GET", "/"); w.Code != 200 || !w.Flushed || r.completed()["status"] != 200.0 {
		t.Errorf("%d %v", w.Code, r.completed())
	}
}

func TestAConnectionCanBeTakenOver(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /socket", func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(rw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
		rw.Flush()
		line, _ := rw.ReadString('\n')
		io.WriteString(rw, "echo "+line)
		rw.Flush()
	}, inbound.Timeout(0))
	conn := dial(t, r.listen())
	send(t, conn, "GET /socket HTTP/1.1\nHost: x\nConnection: Upgrade\nUpgrade: echo\n\n")
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, nil)
	if err != nil || resp.StatusCode != 101 {
		t.Fatalf("%v %v", resp, err)
	}
	send(t, conn, "hello\n")
	if line, err := reader.ReadString('\n'); err != nil || line != "echo hello\r\n" {
		t.Errorf("%q %v", line, err)
	}
	if line := r.completed(); line["status"] != 101.0 || line["level"] != "info" {
		t.Errorf("%v", line)
	}
	if r.counted("GET", "/socket", "1xx") != 1 {
		t.Error("not counted")
	}
}

func TestAPanicAfterTakingOverIsLogged(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
		panic("x")
	})
	conn := dial(t, r.listen())
	send(t, conn, "GET / HTTP/1.1\nHost: x\n\n")
	if rest, err := io.ReadAll(conn); err != nil || len(rest) > 0 {
		t.Errorf("%q %v", rest, err)
	}
	r.lines("request.panicked", 1)
	r.lines("request.completed", 1)
	r.lines("server.error", 0)
}

func TestWhatTheWriterBelowLacksFails(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		if _, _, err := w.(http.Hijacker).Hijack(); err == nil {
			t.Error("a recorder was taken over")
		}
		if err := w.(http.Pusher).Push("/x", nil); err != http.ErrNotSupported {
			t.Errorf("push: %v", err)
		}
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now()); err == nil {
			t.Error("a recorder has a deadline")
		}
		w.WriteHeader(202)
	})
	if w := r.ask("GET", "/"); w.Code != 202 {
		t.Errorf("%d", w.Code)
	}
}

func TestDeadlinesOfTheConnectionCanBeSet(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		c := http.NewResponseController(w)
		for _, err := range []error{c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{}), c.EnableFullDuplex()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	get(t, "http://"+r.listen())
}

func TestFilesAreSentWithoutCopying(t *testing.T) {
	name := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(name, bytes.Repeat([]byte("x"), 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, nil)
	r.HandleFunc("GET /", func(w http.ResponseWriter, req *http.Request) {
		if _, ok := w.(io.ReaderFrom); !ok {
			t.Error("no io.ReaderFrom: sendfile is lost")
		}
		http.ServeFile(w, req, name)
	})
	if resp, body := get(t, "http://"+r.listen()); len(body) != 1<<20 || resp.ContentLength != 1<<20 {
		t.Errorf("%d bytes", len(body))
	}
	if r.completed()["bytes_out"] != float64(1<<20) {
		t.Errorf("%v", r.completed())
	}
}

// readerFrom is a writer that tells how it was written to.
type readerFrom struct {
	*httptest.ResponseRecorder
	direct bool
}

func (w *readerFrom) ReadFrom(src io.Reader) (int64, error) {
	w.direct = true
	return io.Copy(w.ResponseRecorder, src)
}

func TestReadFromReachesTheWriterBelow(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.(io.ReaderFrom).ReadFrom(io.LimitReader(strings.NewReader("hello"), 4))
		io.WriteString(w, "!")
	})
	w := &readerFrom{ResponseRecorder: httptest.NewRecorder()}
	r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if !w.direct || w.Body.String() != "hell!" || r.completed()["bytes_out"] != 5.0 {
		t.Errorf("direct %v, %q, %v", w.direct, w.Body, r.completed())
	}
}

func TestInformationalAnswersComeFirst(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(103)
		w.WriteHeader(103)
		w.WriteHeader(204)
	})
	var hints []int
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
		hints = append(hints, code)
		return nil
	}})
	req, err := http.NewRequestWithContext(ctx, "GET", "http://"+r.listen(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	read(t, resp)
	if !slices.Equal(hints, []int{103, 103}) || resp.StatusCode != 204 || r.completed()["status"] != 204.0 {
		t.Errorf("%v, then %d; logged %v", hints, resp.StatusCode, r.completed()["status"])
	}
}

func TestHEADIsServedByGET(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /orders/{id}", order)
	resp, err := http.Head("http://" + r.listen() + "/orders/7")
	if err != nil {
		t.Fatal(err)
	}
	if body := read(t, resp); body != "" || resp.StatusCode != 200 || resp.ContentLength != int64(len(answer)) {
		t.Errorf("%d, %d bytes announced, %q", resp.StatusCode, resp.ContentLength, body)
	}
	if line := r.completed(); line["method"] != "HEAD" || line["bytes_out"] != 0.0 || line["route"] != "/orders/{id}" {
		t.Errorf("%v", line)
	}
	if r.counted("HEAD", "/orders/{id}", "2xx") != 1 {
		t.Error("not counted")
	}
}

func TestTemporaryFilesOfFormsAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := newRig(t, nil)
	r.HandleErr("POST /", func(_ http.ResponseWriter, req *http.Request) error { return req.ParseMultipartForm(0) }, inbound.MaxBody(32<<20))
	body := "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" + strings.Repeat("x", 12<<20) + "\r\n--x--\r\n"
	resp, err := http.Post("http://"+r.listen(), "multipart/form-data; boundary=x", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if text := read(t, resp); resp.StatusCode != 200 {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	r.completed()
	if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
