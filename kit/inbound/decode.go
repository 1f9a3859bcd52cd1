package inbound

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"
	"strings"

	"github.com/golive-dev/golive/kit/problem"
)

// Validator is what a type may implement to have a say in [Decode]: an error
// refuses the value. Return [problem.Field] values, joined with [errors.Join],
// to say where each mistake is; another error's text is sent to the caller too.
type Validator interface{ Validate() error }

// Decode reads a request's body as one JSON value of type T and validates it. It
// is strict, because what is silently ignored or repaired here is somebody's bug:
// unknown fields, fields in another case than their names' ("URL" for "url"),
// repeated keys, invalid UTF-8, anything behind the value, null in place of it,
// and nesting beyond 64 levels are refused. A type with an UnmarshalJSON of its own
// decides by itself what it takes.
//
// The error is a [*problem.Problem] that says what is wrong and, by JSON Pointer,
// where: 415 for what is not application/json (or +json) in plain UTF-8, 413 for a
// body that is too large, 408 for one that came too slowly, 400 for what is not
// well-formed JSON, and 422 for JSON that is no T. Return it from a [Func].
//
// The body is bounded by the limit of the route, outside of a [Mux] by
// [DefaultMaxBody].
func Decode[T any](w http.ResponseWriter, r *http.Request) (T, error) {
	var v T
	data, err := bodyOf(w, r)
	if err != nil {
		return v, err
	}
	if err := wellFormed(data); err != nil {
		return v, err
	}
	expected := shapeOf(reflect.TypeFor[T]())
	if err := judgeKeys(data, expected); err != nil {
		return v, err
	}
	if err := unmarshal(data, &v, expected); err != nil {
		var none T
		return none, err
	}
	if err := validate(&v); err != nil {
		var none T
		return none, err
	}
	return v, nil
}

// bodyOf reads the body of a request that is JSON.
func bodyOf(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if !isJSON(r.Header) {
		return nil, problem.New(http.StatusUnsupportedMediaType, "the body must be JSON in UTF-8: Content-Type: application/json")
	}
	body := io.Reader(r.Body)
	switch {
	case r.Body == nil:
		body = http.NoBody
	case of(r.Context()) == nil:
		body = http.MaxBytesReader(w, r.Body, DefaultMaxBody)
	}
	data, err := io.ReadAll(body)
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return data, nil
	case errors.As(err, &large):
		return nil, tooLarge(large.Limit).Because(err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, tooSlow().Because(err)
	}
	return nil, problem.New(http.StatusBadRequest, "the body could not be read to its end").Because(err)
}

func isJSON(h http.Header) bool {
	if e := h.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return false
	}
	kind, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/json" && !(strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) {
		return false
	}
	charset, named := parameters["charset"]
	return !named || strings.EqualFold(charset, "utf-8")
}

// unmarshal fills v, or says what does not fit where.
func unmarshal(data []byte, v any, expected *shape) error {
	err := strictly(data, v)
	if err == nil {
		return nil
	}
	if wrong, ok := whoReadsItself(data, expected); ok {
		return unfit(wrong).Because(err)
	}
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return unfit(problem.Field{Pointer: pointerAt(data, int(mistyped.Offset)), Detail: mismatch(mistyped)})
	}
	return problem.New(http.StatusUnprocessableEntity, "a value in the body is malformed").Because(err)
}

func strictly(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func unfit(fields ...problem.Field) *problem.Problem {
	p := problem.New(http.StatusUnprocessableEntity, "the body is not what is expected")
	p.Errors = fields
	return p
}

// validate asks the value itself, if it has an opinion.
func validate(v any) error {
	opinion, ok := v.(Validator)
	if !ok {
		return nil
	}
	err := opinion.Validate()
	if err == nil {
		return nil
	}
	var own *problem.Problem
	if errors.As(err, &own) {
		return err
	}
	if fields := fieldsOf(err); len(fields) > 0 {
		return unfit(fields...).Because(err)
	}
	return problem.New(http.StatusUnprocessableEntity, err.Error()).Because(err)
}

// fieldsOf collects the fields among joined errors. One that is no field is
// about the whole.
func fieldsOf(err error) []problem.Field {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var list []problem.Field
		for _, e := range joined.Unwrap() {
			if more := fieldsOf(e); len(more) > 0 {
				list = append(list, more...)
			} else {
				list = append(list, problem.Field{Detail: e.Error()})
			}
		}
		return list
	}
	var f problem.Field
	if errors.As(err, &f) {
		return []problem.Field{f}
	}
	return nil
}
