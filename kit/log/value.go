package log

import (
	"bytes"
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

// appendValue appends a value that is resolved and no group.
func appendValue(dst []byte, v slog.Value) []byte {
	switch v.Kind() {
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

// appendFloat writes numbers as encoding/json does: plain ones without an
// exponent.
func appendFloat(dst []byte, f float64) []byte {
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
	micros := d.Microseconds()
	if micros < 0 {
		dst, micros = append(dst, '-'), -micros
	}
	dst = strconv.AppendInt(dst, micros/1000, 10)
	rest := micros % 1000
	if rest == 0 {
		return dst
	}
	dst = append(dst, '.', '0'+byte(rest/100), '0'+byte(rest/10%10), '0'+byte(rest%10))
	return bytes.TrimRight(dst, "0")
}

// appendTime appends t as RFC 3339 in UTC.
func appendTime(dst []byte, t time.Time) []byte {
	dst = t.UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano)
	return append(dst, '"')
}

// second is the formatted beginning of the timestamps of one second.
type second struct {
	unix int64
	text []byte // "2006-01-02T15:04:05. with the quote
}

var latest atomic.Pointer[second]

// appendStamp appends the timestamp of a line, always with nine decimals, so
// that lines sort as text. Lines come in bursts: all but the last nine digits
// are formatted once per second.
func appendStamp(dst []byte, t time.Time) []byte {
	s := latest.Load()
	if unix := t.Unix(); s == nil || s.unix != unix {
		s = &second{unix: unix, text: t.UTC().AppendFormat(nil, `"2006-01-02T15:04:05.`)}
		latest.Store(s)
	}
	dst = append(dst, s.text...)
	n := t.Nanosecond()
	dst = append(dst, "000000000Z\""...)
	for i := len(dst) - 3; n > 0; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
	return dst
}

func appendIDs(dst []byte, sc trace.SpanContext) []byte {
	traceID, spanID := sc.TraceID(), sc.SpanID()
	dst = appendHex(append(dst, `,"trace_id":"`...), traceID[:])
	dst = appendHex(append(dst, `","span_id":"`...), spanID[:])
	return append(dst, '"')
}

func appendHex(dst, src []byte) []byte {
	for _, b := range src {
		dst = append(dst, digits[b>>4], digits[b&0xf])
	}
	return dst
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
