package vault

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/golive-dev/golive/kit/secret"
)

// Source returns one field of the secret at a path of the HTTP API without
// /v1/: secret/data/orders of a versioned engine (KV version 2), whose latest
// version is read, kv/orders of one that is not (version 1), or
// database/static-creds/orders. Fields that are text or numbers can be read.
func (c *Client) Source(path, field string) secret.Source {
	path = strings.Trim(path, "/")
	return secret.Func("vault "+path+"#"+field, func(ctx context.Context) ([]byte, error) {
		answer, _, err := c.read(ctx, path)
		if err != nil {
			return nil, err
		}
		text, err := fieldOf(answer.Data, field)
		if err != nil {
			return nil, fmt.Errorf("vault at %s: read %s: %w", c.host, path, err)
		}
		return text, nil
	})
}

// fieldOf returns a field of an answer's data, which a versioned engine puts a
// level deeper.
func fieldOf(data map[string]any, field string) ([]byte, error) {
	if version, ok := versionOf(data); ok {
		if data, ok = data["data"].(map[string]any); !ok {
			return nil, fmt.Errorf("version %s was deleted; undelete it, or write another", version)
		}
	}
	switch value := data[field].(type) {
	case string:
		return []byte(value), nil
	case json.Number:
		return []byte(value), nil
	case nil:
		return nil, fmt.Errorf("there is no field %s", field)
	default:
		return nil, fmt.Errorf("field %s is neither text nor a number", field)
	}
}

func versionOf(data map[string]any) (version string, ok bool) {
	metadata, ok := data["metadata"].(map[string]any)
	if _, deeper := data["data"]; !ok || !deeper {
		return "", false
	}
	number, ok := metadata["version"].(json.Number)
	return number.String(), ok
}
