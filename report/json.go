package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/golive-dev/golive/check"
)

var _ = register(Format{
	Name:    "json",
	Summary: "the verdict itself, of which every other format is a view",
	Write:   writeJSON,
})

// writeJSON writes the verdict whole. Characters that would steer a terminal
// are written as \u escapes, which JSON allows anywhere in its strings and
// which outside of them cannot occur.
func writeJSON(w io.Writer, v *check.Verdict, _ Options) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write the verdict as JSON: %w", err)
	}
	_, err := w.Write(escapeControls(b.Bytes()))
	return err
}

// escapeControls escapes what the encoder leaves as it is: DEL, the C1 control
// characters and those that reverse the direction of writing.
func escapeControls(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if r >= 0x7f && r <= 0xffff && unsafe(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
			continue
		}
		out = append(out, string(r)...)
	}
	return out
}
