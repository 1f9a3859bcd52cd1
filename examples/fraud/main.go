// Command fraud judges orders: PUT /checks/{id} answers whether an order may
// be placed. It is an upstream of examples/orders.
package main

import (
	"encoding/json"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"time"
)

// suspicious is the quantity from which an order is refused.
const suspicious = 500

func main() {
	listen := flag.String("listen", "127.0.0.1:8081", "address to answer on")
	flag.Parse()
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	server := &http.Server{Addr: *listen, Handler: handler(log), ReadHeaderTimeout: 5 * time.Second}
	if err := server.ListenAndServe(); err != nil {
		log.Error("server.failed", "error", err.Error())
		os.Exit(1)
	}
}

func handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("PUT /checks/{id}", func(w http.ResponseWriter, r *http.Request) {
		var question struct {
			Item     string `json:"item"`
			Quantity int    `json:"quantity"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&question); err != nil {
			http.Error(w, "the body is not the JSON object of a check", http.StatusBadRequest)
			return
		}
		accept := question.Quantity < suspicious
		log.Info("check.answered", "accept", accept, "traceparent", r.Header.Get("Traceparent"))
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]bool{"accept": accept})
	})
	return mux
}
