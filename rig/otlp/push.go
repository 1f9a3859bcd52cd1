package otlp

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// unmarshal reads a message in the encoding that the request came in.
type unmarshal func([]byte, proto.Message) error

var encodings = map[string]unmarshal{
	"application/x-protobuf": proto.Unmarshal,
	"application/json":       protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal,
}

// receive handles one signal's pushes. The answer to what was taken is an
// empty message in the encoding of the request.
func receive(take func([]byte, unmarshal) error) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		kind, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
		u := encodings[kind]
		if u == nil {
			http.Error(w, "send application/x-protobuf or application/json", http.StatusUnsupportedMediaType)
			return
		}
		body, err := read(req)
		if err == nil {
			err = take(body, u)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", kind)
		if strings.HasSuffix(kind, "json") {
			w.Write([]byte("{}"))
		}
	}
}

// maxBody is how long a body may be after it was unpacked.
const maxBody = 16 << 20

var errLong = errors.New("the body is longer than 16 MiB; export smaller batches")

func read(req *http.Request) ([]byte, error) {
	body := io.Reader(req.Body)
	if req.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, fmt.Errorf("the body is not gzip as Content-Encoding says: %w", err)
		}
		body = z
	}
	var text bytes.Buffer
	n, err := io.Copy(&text, io.LimitReader(body, maxBody+1))
	if err == nil && n > maxBody {
		err = errLong
	}
	return text.Bytes(), err
}
