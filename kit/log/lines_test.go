package log

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
)

// decodeLine reads one line strictly: one object with a newline behind it, and
// no name twice in any object.
func decodeLine(t *testing.T, line string) map[string]any {
	t.Helper()
	if !strings.HasSuffix(line, "}\n") || strings.Count(line, "\n") != 1 {
		t.Fatalf("%.300q is not one line", line)
	}
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	v, err := decodeStrict(d)
	if err != nil {
		t.Fatalf("%v in %.300q", err, line)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("more than one value in %.300q", line)
	}
	return v.(map[string]any)
}

func decodeStrict(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		object := map[string]any{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			if _, taken := object[name.(string)]; taken {
				return nil, fmt.Errorf("name %q twice in an object", name)
			}
			if object[name.(string)], err = decodeStrict(d); err != nil {
				return nil, err
			}
		}
		_, err = d.Token()
		return object, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := decodeStrict(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}
