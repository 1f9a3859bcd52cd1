package trace

import (
	"errors"
	"strconv"
	"strings"
)

// OptionsFromEnv reads the variables that OpenTelemetry's SDKs agree on, with
// a function like [os.LookupEnv]. What is not set or empty stays at its
// default.
//
//   - OTEL_SERVICE_NAME
//   - OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, taken as it is, or else
//     OTEL_EXPORTER_OTLP_ENDPOINT, to which /v1/traces is added
//   - OTEL_TRACES_SAMPLER_ARG, the ratio of new traces, from 0 for none to 1
//
// OTEL_EXPORTER_OTLP_HEADERS is not read: a token has no place in the
// environment. Put it into [Options] from a file.
func OptionsFromEnv(lookup func(string) (string, bool)) (Options, error) {
	get := func(name string) string {
		value, _ := lookup(name)
		return strings.TrimSpace(value)
	}
	o := Options{Service: get("OTEL_SERVICE_NAME"), Endpoint: get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")}
	switch base := get("OTEL_EXPORTER_OTLP_ENDPOINT"); {
	case o.Endpoint == "" && base != "":
		o.Endpoint = strings.TrimSuffix(base, "/") + "/v1/traces"
	case o.Endpoint != "" && pathless(o.Endpoint):
		o.Endpoint += "/"
	}
	var wrong []error
	if o.Endpoint != "" {
		if _, err := address(o.Endpoint); err != nil {
			wrong = append(wrong, errors.New("trace: OTEL_EXPORTER_OTLP_ENDPOINT or its _TRACES_ENDPOINT is no address such as http://collector:4318"))
		}
	}
	if arg := get("OTEL_TRACES_SAMPLER_ARG"); arg != "" {
		ratio, err := strconv.ParseFloat(arg, 64)
		if err != nil || !(ratio >= 0 && ratio <= 1) {
			wrong = append(wrong, errors.New("trace: OTEL_TRACES_SAMPLER_ARG is no ratio from 0 to 1"))
		}
		if o.Ratio = ratio; ratio == 0 {
			o.Ratio = Never
		}
	}
	if wrong != nil {
		return Options{}, errors.Join(wrong...)
	}
	return o, nil
}

// pathless reports whether an address ends with its host.
func pathless(endpoint string) bool {
	_, rest, _ := strings.Cut(endpoint, "://")
	return !strings.ContainsAny(rest, "/?#")
}
