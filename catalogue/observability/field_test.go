package observability

import (
	"encoding/json"
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	want := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for _, v := range []any{
		"2026-11-01T12:00:00Z", "2026-11-01T12:00:00.000000000Z", "2026-11-01 12:00:00+00:00", "2026-11-01t12:00:00z", "2026-11-01T13:00:00+01:00",
		json.Number("1793534400"), json.Number("1793534400.0"), json.Number("1793534400000"), json.Number("1793534400000000"), json.Number("1793534400000000000"),
		"1793534400", "1793534400000",
	} {
		if got, ok := timeOf(v); !ok || !got.Equal(want) {
			t.Errorf("%v is %s %t, want %s", v, got, ok, want)
		}
	}
	for _, v := range []any{
		nil, true, "", "now", "12:00:00", "2026-11-01", "2026-11-01 12:00:00,100", "2026-11-01T12:00:00", "2026-11-01T12:00:00+0100", "Nov  1 12:00:00",
		json.Number("0"), json.Number("12"), json.Number("1e400"), json.Number("-1793534400"), "NaN", "Inf",
	} {
		if got, ok := timeOf(v); ok {
			t.Errorf("%v is taken for %s", v, got)
		}
	}
}

func TestLevels(t *testing.T) {
	for _, v := range []any{"info", "INFO", " Warning ", "Information", "SEVERE", "http", "verbose", "dpanic", "INFO+2", "DEBUG-4", json.Number("0"), json.Number("9"), json.Number("60")} {
		if !isLevel(v) {
			t.Errorf("%v is no level", v)
		}
	}
	for _, v := range []any{"", "gold", "I", "info+x", "notice+1", json.Number("-1"), json.Number("200"), json.Number("3.5"), nil, true} {
		if isLevel(v) {
			t.Errorf("%v is a level", v)
		}
	}
}

func TestIdentities(t *testing.T) {
	for v, want := range map[any]bool{
		"4bf92f3577b34da6a3ce929d0e0e4736": true, json.Number("5208512171318403364"): true, "projects/shop/traces/4bf9": true,
		"": false, "0": false, "00000000000000000000000000000000": false, "00000000-0000-0000-0000-000000000000": false,
	} {
		if isIdentity(v) != want {
			t.Errorf("%v is an identity: %t", v, !want)
		}
	}
	for id, want := range map[string]bool{
		"00f067aa0ba902b7": true, "0000000000000000": false, "00F067AA0BA902B7": false, "00f067aa0ba902b": false, "00f067aa0ba902bg": false, "": false,
	} {
		if isID(id, 16) != want {
			t.Errorf("%q is an id: %t", id, !want)
		}
	}
}

func TestHasSpan(t *testing.T) {
	for line, want := range map[string]bool{
		`{"span_id":"00f067aa0ba902b7"}`:                                    true,
		`{"trace":{"id":"a"},"span":{"id":"00f067aa0ba902b7"}}`:             true,
		`{"dd":{"span_id":"5208512171318403364"}}`:                          true,
		`{"logging.googleapis.com/spanId":"00f067aa0ba902b7"}`:              true,
		`{"span_id":"0000000000000000"}`:                                    false,
		`{"span_id":"checkout"}`:                                            false,
		`{"msg":"span_id=00f067aa0ba902b7"}`:                                false, // text in a field is not a field
		`INFO span_id=00f067aa0ba902b7 done`:                                true,
		`INFO [SpanId: 00F067AA0BA902B7] done`:                              true,
		`INFO done`:                                                         false,
		`00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 completed`: false,
	} {
		if hasSpan(line) != want {
			t.Errorf("%s has a span: %t", line, !want)
		}
	}
}

func TestWrittenAt(t *testing.T) {
	if at, ok := writtenAt(`{"asctime":"12:00","ts":1793534400.5}`); !ok || at.UnixMilli() != 1793534400500 {
		t.Errorf("written at %s %t", at, ok)
	}
	for _, line := range []string{"12:00 done", `{"msg":"x"}`, `{"time":"noon"}`} {
		if at, ok := writtenAt(line); ok {
			t.Errorf("%s was written at %s", line, at)
		}
	}
}
