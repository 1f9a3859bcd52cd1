package docs

import (
	"bytes"
	"regexp"
)

// What is taken in of one file. The parser's time grows with the square of a
// paragraph's length when brackets and asterisks are never closed: 256 KiB of
// them take two minutes. Within these bounds the worst file takes seconds, and
// what people write for people is read whole.
const (
	maxFile      = 128 << 10
	maxLine      = 4 << 10
	maxParagraph = 8 << 10
	maxRun       = 32 << 10 // of lines without a blank one between: long lists and tables
)

// beginsBlock matches lines at which a new item, row, heading or block begins.
var beginsBlock = regexp.MustCompile("^\\s*(?:[-*+] |\\d{1,9}[.)] |#{1,6} |\\||```|~~~)")

// bounded returns source with what exceeds the bounds blanked, so that the
// lines keep their numbers, and the line at which that began or 0.
func bounded(source []byte) (kept []byte, from int) {
	if len(source) <= maxLine {
		return source, 0
	}
	kept = make([]byte, 0, min(len(source), maxFile))
	paragraph, run, n := 0, 0, 0
	for line := range bytes.Lines(source) {
		n++
		switch {
		case len(bytes.TrimSpace(line)) == 0:
			paragraph, run = 0, 0
		case beginsBlock.Match(line):
			paragraph = 0
		}
		paragraph, run = paragraph+len(line), run+len(line)
		if len(kept)+len(line) <= maxFile && len(line) <= maxLine && paragraph <= maxParagraph && run <= maxRun {
			kept = append(kept, line...)
			continue
		}
		if from == 0 {
			from = n
		}
		if len(kept) >= maxFile {
			break
		}
		kept = append(kept, '\n')
	}
	return kept, from
}
