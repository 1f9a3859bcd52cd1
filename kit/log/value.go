package log

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// appendValue appends a value of a kind, which is resolved and no group.
func appendValue(dst []byte, kind slog.Kind, v slog.Value) []byte {
	switch kind {
	case slog.KindString:
		return appendText(dst, v.String())
	case slog.KindInt64:
		return appendInt(dst, v.Int64())
	case slog.KindUint64:
		return strconv.AppendUint(dst, v.Uint64(), 10)
	case slog.KindFloat64:
		return appendFloat(dst, v.Float64())
	case slog.KindBool:
		return appendBool(dst, v.Bool())
	case slog.KindDuration:
		return appendText(dst, v.Duration().String())
	case slog.KindTime:
		return appendTime(dst, v.Time())
	}
	return appendAny(dst, v.Any())
}

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

func appendBool(dst []byte, b bool) []byte { return strconv.AppendBool(dst, b) }

// appendFloat writes numbers as encoding/json does: those of usual size
// without an exponent.
func appendFloat(dst []byte, f float64) []byte {
	if n := f * 1000; -1e15 < n && n < 1e15 {
		// Most that is logged has three decimals at most. Decimals of up to 15
		// digits and floats match one to one, so that none shorter than this
		// is read back as f.
		if whole := int64(math.Round(n)); float64(whole)/1000 == f {
			return appendThousandths(dst, whole)
		}
	}
	switch size := math.Abs(f); {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(strconv.AppendFloat(append(dst, '"'), f, 'g', -1, 64), '"')
	case size != 0 && (size < 1e-6 || size >= 1e21):
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// appendMillis appends d in milliseconds with up to three decimals.
func appendMillis(dst []byte, d time.Duration) []byte {
	return appendThousandths(dst, d.Microseconds())
}

// appendThousandths appends n/1000.
func appendThousandths(dst []byte, n int64) []byte {
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	dst = strconv.AppendInt(dst, n/1000, 10)
	rest := uint32(n % 1000)
	if rest == 0 {
		return dst
	}
	dst = append(dst, ".000"...)
	three(dst[len(dst)-3:], rest)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// three writes a number below 1000 over three zeros.
func three(zeros []byte, n uint32) {
	_ = zeros[2]
	zeros[0], zeros[1], zeros[2] = '0'+byte(n/100), '0'+byte(n/10%10), '0'+byte(n%10)
}

// appendTime appends t as RFC 3339 in UTC.
func appendTime(dst []byte, t time.Time) []byte {
	dst = t.UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano)
	return append(dst, '"')
}

// second is the formatted beginning of the lines of one second.
type second struct {
	unix int64
	text []byte
}

var latest atomic.Pointer[second]

// appendSecond begins a line with the second of its timestamp. Lines come in
// bursts: a second is formatted once.
func appendSecond(dst []byte, unix int64) []byte {
	s := latest.Load()
	if s == nil || s.unix != unix {
		s = &second{unix, time.Unix(unix, 0).UTC().AppendFormat(nil, `{"timestamp":"2006-01-02T15:04:05.`)}
		latest.Store(s)
	}
	return append(dst, s.text...)
}

// nanos is where the rest of the timestamp goes: always nine digits, so that
// lines sort as text.
const nanos = `000000000Z"`

// fill writes nanoseconds over nine zeros.
func fill(zeros []byte, n int) {
	rest := uint32(n)
	three(zeros, rest/1e6)
	three(zeros[3:], rest/1e3%1e3)
	three(zeros[6:], rest%1e3)
}

// ids is where the ids of a span go.
const (
	ids     = `,"trace_id":"00000000000000000000000000000000","span_id":"0000000000000000"`
	traceAt = len(`,"trace_id":"`)
	spanAt  = traceAt + 32 + len(`","span_id":"`)
)

func appendIDs(dst []byte, sc trace.SpanContext) []byte {
	at := len(dst)
	dst = append(dst, ids...)
	traceID, spanID := sc.TraceID(), sc.SpanID()
	putHex((*[16]byte)(dst[at+traceAt:]), traceID[:8])
	putHex((*[16]byte)(dst[at+traceAt+16:]), traceID[8:])
	putHex((*[16]byte)(dst[at+spanAt:]), spanID[:])
	return dst
}

// pairs holds the two digits of each byte.
var pairs = func() (of [256]uint16) {
	for i := range of {
		of[i] = uint16(digits[i>>4]) | uint16(digits[i&0xf])<<8
	}
	return of
}()

func putHex(dst *[16]byte, src []byte) {
	for i, b := range src[:8] {
		binary.LittleEndian.PutUint16(dst[2*i:], pairs[b])
	}
}

// appendAny appends what has no kind of its own: an error as its text, all
// else as encoding/json writes it. What cannot be written says so in its
// place: a line with a hole is worth more than none.
func appendAny(dst []byte, v any) (out []byte) {
	defer func() {
		if r := recover(); r != nil {
			out = appendPanic(dst, v, r)
		}
	}()
	if err, ok := v.(error); ok {
		if _, ok := v.(json.Marshaler); !ok {
			return appendText(dst, err.Error())
		}
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return appendText(dst, "!ERROR "+err.Error())
	}
	encoded := bytes.TrimSuffix(text.Bytes(), []byte{'\n'})
	if len(encoded) > MaxValue {
		return appendText(dst, string(encoded))
	}
	return append(dst, encoded...)
}

// appendPanic stands in for a value whose methods panic: null for a nil
// pointer, which often does. What was thrown may hold anything, so that only
// its type is told, unless it is the runtime's own.
func appendPanic(dst []byte, v, thrown any) []byte {
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.IsNil() {
		return append(dst, "null"...)
	}
	if err, ok := thrown.(interface {
		error
		RuntimeError()
	}); ok {
		return appendText(dst, fmt.Sprintf("!PANIC in %T: %v", v, err))
	}
	return appendText(dst, fmt.Sprintf("!PANIC in %T: a %T", v, thrown))
}
