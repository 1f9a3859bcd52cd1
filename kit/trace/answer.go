package trace

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// retryAfter reads the header of that name, seconds or a date, as a pause
// from now on. 0 means that it holds none.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// rejected reads from an ExportTraceServiceResponse how many spans a collector
// refused though it answered 200: its field 1 is the partial success, whose
// field 1 is the number. An answer that is no such message refuses none.
func rejected(answer []byte) int {
	partial, _ := field(answer, 1, protowire.BytesType)
	_, number := field(partial, 1, protowire.VarintType)
	return int(min(number, math.MaxInt32))
}

// field returns the last value of a field of a message, as the wire format
// demands.
func field(message []byte, want protowire.Number, kind protowire.Type) (text []byte, number uint64) {
	for len(message) > 0 {
		got, t, n := protowire.ConsumeTag(message)
		if n < 0 {
			return nil, 0
		}
		message = message[n:]
		if n = protowire.ConsumeFieldValue(got, t, message); n < 0 {
			return nil, 0
		}
		if got == want && t == kind && t == protowire.BytesType {
			text, _ = protowire.ConsumeBytes(message)
		} else if got == want && t == kind {
			number, _ = protowire.ConsumeVarint(message)
		}
		message = message[n:]
	}
	return text, number
}
