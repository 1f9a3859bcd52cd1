// Command payments takes money: PUT /charges/{id} charges once for each id,
// however often it is asked. It is an upstream of examples/orders.
package main

import (
	"encoding/json"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"time"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8082", "address to answer on")
	flag.Parse()
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	server := &http.Server{Addr: *listen, Handler: (&till{}).handler(log), ReadHeaderTimeout: 5 * time.Second}
	if err := server.ListenAndServe(); err != nil {
		log.Error("server.failed", "error", err.Error())
		os.Exit(1)
	}
}

func (t *till) handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("PUT /charges/{id}", func(w http.ResponseWriter, r *http.Request) {
		var c charge
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&c); err != nil || c.Quantity < 1 {
			http.Error(w, "the body is not the JSON object of a charge", http.StatusBadRequest)
			return
		}
		c.ID = r.PathValue("id")
		status := http.StatusOK
		c, first := t.take(c)
		if first {
			status = http.StatusCreated
		}
		log.Info("charge.taken", "first", first, "traceparent", r.Header.Get("Traceparent"))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(c)
	})
	return mux
}
