package peer

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
)

// bare is the multiplexer of net/http and nothing else: what all others are
// measured against.
var bare = Peer{
	Name:  "bare net/http",
	Lacks: FullDuty(),
	Note:  "no duty at all",
	Build: func(Means) (Service, error) {
		return Service{Handler: plainMux(), Metrics: prometheus.NewRegistry()}, nil
	},
}

// plainMux has the two routes over the standard library.
func plainMux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", user)
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { fail() })
	return mux
}

// user answers over the standard library, with the id from the pattern.
func user(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(body(r.PathValue("id"))) // a caller that left is no concern here
}
