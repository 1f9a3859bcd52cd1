package kube

import (
	"bytes"
	"iter"
)

// document is one YAML document of a file.
type document struct {
	text   []byte
	offset int // lines before it
}

// documents splits text at its document markers. Splitting before parsing
// keeps a broken document from hiding those behind it, and lets most
// documents that are no Kubernetes objects go unparsed. A line that begins
// with --- is a marker wherever it stands; YAML allows it nowhere else.
func documents(text []byte) iter.Seq[document] {
	return func(yield func(document) bool) {
		start, offset, line := 0, 0, 0
		for at := 0; at < len(text); line++ {
			end := len(text)
			if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
				end = at + i + 1
			}
			if marker(text[at:end]) {
				if !yield(document{text[start:at], offset}) {
					return
				}
				start, offset = at+3, line
			}
			at = end
		}
		yield(document{text[start:], offset})
	}
}

func marker(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("---")) && !bytes.HasPrefix(line, []byte("...")) {
		return false
	}
	return len(line) == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r' || line[3] == '\n'
}

// promising reports whether a document may be an object. It is asked before
// parsing, which costs a thousand times as much. A CustomResourceDefinition
// is a schema, not a part of the service, and often the longest file around.
func promising(doc []byte) bool {
	return bytes.Contains(doc, []byte("apiVersion")) && bytes.Contains(doc, []byte("kind")) &&
		!bytes.Contains(doc, []byte("\nkind: CustomResourceDefinition"))
}
