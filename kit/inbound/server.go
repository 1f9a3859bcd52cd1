package inbound

import (
	"context"
	"crypto/tls"
	"log"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Limits of [Server].
const (
	readHeaderTimeout = 5 * time.Second   // a header is one packet; who needs longer means harm
	writeTimeout      = 30 * time.Second  // for the answer, from the end of the header on, where no route says more
	idleTimeout       = 120 * time.Second // longer than load balancers keep idle connections (60 s)
	maxHeaderBytes    = 64 << 10          // eight times nginx' and Node's 8 to 16 KiB, a sixteenth of Go's
)

// ServerOptions are the options of [Server].
type ServerOptions struct {
	// Log gets what the server itself has to say, as of failed handshakes,
	// in lines of the event server.error. nil is [slog.Default].
	Log *slog.Logger

	// TLS makes the server one of HTTPS: start it with
	// ListenAndServeTLS("", "") or ServeTLS.
	TLS *tls.Config
}

// Server returns an [http.Server] of addr that no caller can hold up: a header
// has to arrive in 5 s and 64 KiB, a body in the time of its route, an answer has
// to be read within half a minute after that time, and an idle connection is
// closed after 120 s. A handler that is not a [Mux] gets 30 s for the body and 30 s
// for the answer. Each field may be changed before the server starts.
func Server(addr string, h http.Handler, o ServerOptions) *http.Server {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &http.Server{
		Addr:              addr,
		Handler:           h,
		TLSConfig:         o.TLS,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          log.New(serverErrors{o.Log}, "", 0),
	}
	if _, ok := h.(*Mux); ok {
		watchWriting(s)
	} else {
		s.Handler, s.WriteTimeout = timedBodies(h), writeTimeout
	}
	return s
}

// timedBodies bounds the time in which bodies arrive for handlers that do not
// do so themselves.
func timedBodies(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			h.ServeHTTP(w, r)
			return
		}
		timed := r.WithContext(r.Context()) // a handler may not change the server's own
		timed.Body = openBody(w, r.Body, 1<<62, time.Now().Add(writeTimeout))
		h.ServeHTTP(w, timed)
	})
}

// serverErrors makes one event of whatever net/http prints.
type serverErrors struct{ log *slog.Logger }

// Write implements [io.Writer].
func (s serverErrors) Write(p []byte) (int, error) {
	s.log.LogAttrs(context.Background(), slog.LevelWarn, "server.error", slog.String("error", strings.TrimSpace(string(p))))
	return len(p), nil
}
