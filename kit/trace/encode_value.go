package trace

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
)

func attributesOut(attributes []attribute.KeyValue) []*commonpb.KeyValue {
	if len(attributes) == 0 {
		return nil
	}
	out := make([]*commonpb.KeyValue, len(attributes))
	for i, a := range attributes {
		out[i] = &commonpb.KeyValue{Key: utf8Of(string(a.Key)), Value: valueOut(a.Value)}
	}
	return out
}

func valueOut(v attribute.Value) *commonpb.AnyValue {
	switch v.Type() {
	case attribute.BOOL:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: v.AsBool()}}
	case attribute.INT64:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: v.AsInt64()}}
	case attribute.FLOAT64:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: v.AsFloat64()}}
	case attribute.STRING:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: utf8Of(v.AsString())}}
	case attribute.BYTESLICE:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_BytesValue{BytesValue: v.AsByteSlice()}}
	case attribute.MAP:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_KvlistValue{KvlistValue: &commonpb.KeyValueList{Values: attributesOut(v.AsMap())}}}
	case attribute.BOOLSLICE:
		return list(v.AsBoolSlice(), attribute.BoolValue)
	case attribute.INT64SLICE:
		return list(v.AsInt64Slice(), attribute.Int64Value)
	case attribute.FLOAT64SLICE:
		return list(v.AsFloat64Slice(), attribute.Float64Value)
	case attribute.STRINGSLICE:
		return list(v.AsStringSlice(), attribute.StringValue)
	case attribute.SLICE:
		return list(v.AsSlice(), func(v attribute.Value) attribute.Value { return v })
	}
	return &commonpb.AnyValue{}
}

func list[T any](values []T, of func(T) attribute.Value) *commonpb.AnyValue {
	var out commonpb.ArrayValue
	for _, v := range values {
		out.Values = append(out.Values, valueOut(of(v)))
	}
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: &out}}
}

// utf8Of keeps one bad byte from costing a batch: protobuf refuses to encode
// texts that are no UTF-8.
func utf8Of(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
