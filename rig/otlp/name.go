package otlp

import "strings"

// units are the words that Prometheus' naming uses for UCUM's units, after
// the OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility".
var units = map[string]string{
	"d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds",
	"By": "bytes", "KiBy": "kibibytes", "MiBy": "mebibytes", "GiBy": "gibibytes", "TiBy": "tibibytes",
	"KBy": "kilobytes", "MBy": "megabytes", "GBy": "gigabytes", "TBy": "terabytes",
	"m": "meters", "V": "volts", "A": "amperes", "J": "joules", "W": "watts", "g": "grams",
	"Cel": "celsius", "Hz": "hertz", "%": "percent",
}

// perUnits are the words for what a rate is per.
var perUnits = map[string]string{
	"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year",
}

// prometheusName is the name under which Prometheus shows a metric of the
// given kind: http.server.request.duration in s becomes
// http_server_request_duration_seconds, and a counter ends in _total.
func prometheusName(name, unit, kind string) string {
	name = strings.TrimSuffix(underscored(name), "_total")
	for _, word := range unitWords(unit, kind) {
		if !strings.Contains("_"+name+"_", "_"+word+"_") {
			name += "_" + word
		}
	}
	if kind == "counter" {
		name += "_total"
	}
	return name
}

// unitWords are what unit adds to a name. What stands in braces is a remark
// and adds nothing.
func unitWords(unit, kind string) []string {
	if unit == "1" && kind == "gauge" {
		return []string{"ratio"}
	}
	main, per, isRate := strings.Cut(unit, "/")
	var words []string
	if w := word(main, units); w != "" {
		words = append(words, w)
	}
	if w := word(per, perUnits); isRate && w != "" {
		words = append(words, "per_"+w)
	}
	return words
}

func word(unit string, words map[string]string) string {
	switch w, ok := words[unit]; {
	case ok:
		return w
	case unit == "1" || strings.HasPrefix(unit, "{"):
		return ""
	}
	return strings.Trim(underscored(unit), "_")
}

// underscored replaces what a Prometheus name cannot hold.
func underscored(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == ':' {
			return r
		}
		return '_'
	}, name)
	if name != "" && name[0] >= '0' && name[0] <= '9' {
		return "_" + name
	}
	return name
}
