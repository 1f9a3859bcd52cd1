package shed

import "net/http"

// Handler limits next. Refused requests get 503 with Retry-After: 1 and are
// over in microseconds. The priority function says how important a request is;
// nil means that all are Normal. Let it judge by what the service knows, the
// route or who is calling, not by a header that anybody can set.
func (l *Limiter) Handler(next http.Handler, priority func(*http.Request) Priority) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := Normal
		if priority != nil {
			p = priority(r)
		}
		ticket, ok := l.Acquire(r.Context(), p)
		if !ok {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "too busy, try again later", http.StatusServiceUnavailable)
			return
		}
		answer := &answer{ResponseWriter: w}
		served := false
		defer func() { ticket.Release(served) }()
		next.ServeHTTP(answer, r)
		served = answer.status < http.StatusInternalServerError && r.Context().Err() == nil
	})
}

// answer notes the status that a handler gives.
type answer struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the last status, which is the final one.
func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets [http.ResponseController] through.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Flush keeps [http.Flusher] working.
func (a *answer) Flush() { _ = http.NewResponseController(a.ResponseWriter).Flush() }
