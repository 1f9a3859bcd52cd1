package inbound_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/golive-dev/golive/kit/inbound"
)

func TestHTTP2(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /orders/{id}", order)
	r.HandleErr("POST /", echo, inbound.Timeout(soon))
	r.HandleFunc("GET /panic", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic("x")
	}, inbound.Timeout(0))
	s := httptest.NewUnstartedServer(nil)
	s.Config = inbound.Server("", r.Mux, inbound.ServerOptions{})
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	client := s.Client()

	resp, err := client.Get(s.URL + "/orders/7")
	if err != nil {
		t.Fatal(err)
	}
	if body := read(t, resp); resp.ProtoMajor != 2 || resp.StatusCode != 200 || body != string(answer) {
		t.Errorf("%s %d %s", resp.Proto, resp.StatusCode, body)
	}

	never, writer := io.Pipe()
	defer writer.Close()
	if resp, err = client.Post(s.URL, "text/plain", never); err != nil {
		t.Fatal(err)
	}
	if read(t, resp); resp.StatusCode != 408 {
		t.Errorf("a body that never comes: %d", resp.StatusCode)
	}

	if resp, err = client.Get(s.URL + "/panic"); err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("a stream that breaks off looks whole: %q", body)
	}
}
