package resilience

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// unended returns an error when nothing shows that the calls would have ended
// by themselves: the drill stopped watching before their budget was over. One
// that no request caused, such as a health check, may be young at the end
// where others ended.
func (h hung) unended(calls []met) error {
	var open *met
	ended := 0
	for i, c := range calls {
		switch {
		case c.End != evidence.Open || h.outwaited(c):
			ended++
		case open == nil || h.causedByRequest(c):
			open = &calls[i]
		}
	}
	if open == nil || ended > 0 && !h.causedByRequest(*open) {
		return nil
	}
	return fmt.Errorf("drill hang, %s: %s was still open when the drill ended, %s after it began and within its budget of %s; nothing shows that it would have ended",
		h.trial, callName(open.Call), seconds(open.Took), h.budgetText())
}

// outwaited reports whether a request waited for the call about as long as it
// may take, and was answered when the call was last seen: the proxy hears
// some moments later that the service gave up.
func (h hung) outwaited(c met) bool {
	const moments = 100 * time.Millisecond
	for at, r := range evidence.Requests(evidence.In(evidence.PhaseFault, h.events)) {
		began, seen := c.at.D()+moments, (c.at + c.waited).D()
		if slices.Contains(r.Uses, h.dep.Name) && !r.Open && r.Took >= h.dep.Timeout/2 &&
			at.D() <= began && r.End(at) >= seen-moments {
			return true
		}
	}
	return false
}

// causedByRequest reports whether a call carries the trace of a request.
func (h hung) causedByRequest(c met) bool {
	for _, r := range evidence.Requests(h.events) {
		if r.Trace != "" && strings.Contains(c.Header["traceparent"], r.Trace) {
			return true
		}
	}
	return false
}
