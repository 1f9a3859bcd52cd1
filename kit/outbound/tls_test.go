package outbound_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

func newTLS(t *testing.T, http2 bool, h http.HandlerFunc) (*httptest.Server, *tls.Config) {
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = nil
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s, &tls.Config{RootCAs: roots}
}

func TestHTTP2AndTLS(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/2.0": true, "HTTP/1.1": false} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			sent := 0
			s, trust := newTLS(t, http2, func(w http.ResponseWriter, r *http.Request) {
				content, _ := io.ReadAll(r.Body)
				mu.Lock()
				sent++
				fails := sent == 1
				mu.Unlock()
				if fails {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				_, _ = io.WriteString(w, r.Proto+" "+r.Method+" "+string(content))
			})
			client, _ := newClient(t, outbound.Config{TLS: trust, Attempts: 2, Backoff: outbound.Backoff{Base: time.Millisecond}})
			if _, got := mustGet(t, client, s.URL); got != name+" GET " {
				t.Errorf("got %q", got)
			}
			resp, err := client.Post(s.URL, "text/plain", strings.NewReader("hello"))
			if err != nil {
				t.Fatal(err)
			}
			if got := body(t, resp); got != name+" POST hello" || resp.TLS == nil {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestHTTP2HangsEndAtTheDeadline(t *testing.T) {
	for name, behave := range map[string]func(http.ResponseWriter){
		"silence":               func(http.ResponseWriter) {},
		"headers, then silence": func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			s, trust := newTLS(t, true, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/well" {
					return
				}
				behave(w)
				<-r.Context().Done()
			})
			client, told := newClient(t, outbound.Config{TLS: trust, Timeout: 5 * time.Second, Try: 200 * time.Millisecond, Attempts: 2})
			mustGet(t, client, s.URL+"/well")
			resp, err := client.Get(s.URL + "/hang")
			if e := failure(t, resp, err); !strings.Contains(e.Error(), "within 200ms, attempt 2/2") {
				t.Errorf("got %v", e)
			}
			mustGet(t, client, s.URL+"/well")
			if got := told.value("http_client_attempts_total"); got != 4 {
				t.Errorf("%v attempts, want 4", got)
			}
		})
	}
}

func TestAnUntrustedCertificateIsNotTriedAgain(t *testing.T) {
	s, _ := newTLS(t, true, func(http.ResponseWriter, *http.Request) {})
	client, told := newClient(t, outbound.Config{Attempts: 3})
	resp, err := client.Get(s.URL)
	if e := failure(t, resp, err); e.Attempt != 1 || !strings.Contains(e.Error(), "certificate refused") {
		t.Errorf("got %v", e)
	}
	if got := told.value("http_client_attempts_total"); got != 1 {
		t.Errorf("%v attempts", got)
	}
}

func TestAPeerThatSpeaksNoTLS(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	client, _ := newClient(t, outbound.Config{})
	resp, err := client.Get(strings.Replace(s.URL, "http:", "https:", 1))
	if e := failure(t, resp, err); !strings.Contains(e.Error(), "does not speak TLS") {
		t.Errorf("got %v", e)
	}
}
