package problem

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Write answers r with err, as [From] sees it. Nothing may have been written to
// w before; what the caller does not read any more is not reported.
func Write(w http.ResponseWriter, r *http.Request, err error) {
	p := *From(err)
	p.Status, p.Title = p.status(), p.title()
	if p.TraceID == "" {
		if sc := trace.SpanContextFromContext(r.Context()); sc.HasTraceID() {
			p.TraceID = sc.TraceID().String()
		}
	}
	body, _ := json.Marshal(&p) // strings and a number: it cannot fail
	body = append(body, '\n')

	h := w.Header()
	for _, name := range ofSuccess {
		h.Del(name)
	}
	h.Set("Content-Type", ContentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	if p.RetryAfter > 0 {
		h.Set("Retry-After", seconds(p.RetryAfter))
	}
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// ofSuccess are the headers that describe the answer which was not to be.
var ofSuccess = []string{
	"Accept-Ranges", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language",
	"Content-Location", "Content-Range", "ETag", "Expires", "Last-Modified", "Trailer",
}

// seconds rounds up: who comes back too early is refused again.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
