package proxy

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// maxValue is how many bytes of a header a call keeps.
const maxValue = 512

// call is a call that is not over.
type call struct {
	evidence.Call // guarded by calls.mu once begun
	began         time.Time
}

// calls keeps the open calls of a proxy and reports those that are over.
type calls struct {
	dependency string
	on         func(time.Time, evidence.Call)

	mu   sync.Mutex
	open map[*call]struct{}
}

// begin opens a call that arrived at the given time.
func (l *calls) begin(at time.Time, c evidence.Call) *call {
	c.Dependency = l.dependency
	k := &call{c, at}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[k] = struct{}{}
	return k
}

// amend changes an open call.
func (l *calls) amend(k *call, change func(c *evidence.Call)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&k.Call)
}

// finish reports k as e says. Only the first report counts.
func (l *calls) finish(k *call, e ending) {
	l.mu.Lock()
	_, open := l.open[k]
	delete(l.open, k)
	if open && k.Shape == "" && e.spell != nil {
		k.Shape = e.spell.fault.Shape()
		e.spell.hits.Add(1)
	}
	k.End, k.Took = e.end, service.Duration(max(0, e.at.Sub(k.began)))
	done := k.Call
	l.mu.Unlock()
	if open && l.on != nil {
		l.on(k.began, done)
	}
}

func (l *calls) inFlight(now time.Time) []evidence.Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []evidence.Call
	for k := range l.open {
		c := k.Call
		c.End, c.Took = evidence.Open, service.Duration(max(0, now.Sub(k.began)))
		list = append(list, c)
	}
	return list
}

// header flattens the headers of r, with lower-case names and bounded values.
func header(r *http.Request) map[string]string {
	flat := map[string]string{"host": clip(r.Host)}
	for name, values := range r.Header {
		flat[strings.ToLower(name)] = clip(strings.Join(values, ", "))
	}
	return flat
}

func clip(s string) string {
	if len(s) > maxValue {
		return strings.ToValidUTF8(s[:maxValue], "")
	}
	return s
}
