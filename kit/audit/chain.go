package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// Head is the end of a log at some time. Kept where the log's keeper cannot
// reach it, and given to [Verify], it shows whether anything before it was
// changed or cut off since.
type Head struct {
	// Sequence is the number of the last entry, 0 before the first.
	Sequence uint64 `json:"sequence"`

	// Hash is the SHA-256 of the last entry's line with its newline, in
	// hexadecimal digits; zeros before the first.
	Hash string `json:"hash"`
}

// start is the head of an empty log.
var start = Head{Hash: strings.Repeat("0", 2*sha256.Size)}

// Broken is the error of [Verify] when a log does not hold together.
type Broken struct {
	// Line is the number of the first line that is wrong, from 1.
	Line int

	// Why says what is wrong with it.
	Why string
}

// Error names the line and what is wrong with it.
func (b *Broken) Error() string { return fmt.Sprintf("audit: line %d %s", b.Line, b.Why) }

// chain follows a log line by line.
type chain struct {
	head Head
	line int

	// What is no entry may be what a crash has left. Then the next entry holds
	// its hash.
	torn hash.Hash // nil when there is none
	at   *Broken   // its first line
}

// add takes the next line, with its newline if it has one.
func (c *chain) add(line []byte) *Broken {
	c.line++
	r, err := parse(line)
	if err != nil {
		if c.torn == nil {
			c.torn, c.at = sha256.New(), &Broken{c.line, err.Error()}
		}
		c.torn.Write(line)
		return nil
	}
	switch {
	case c.torn != nil && r.Torn != hex.EncodeToString(c.torn.Sum(nil)):
		return c.at
	case c.torn == nil && r.Torn != "":
		return &Broken{c.line, "follows a torn line, which is missing"}
	case r.Sequence != c.head.Sequence+1:
		return &Broken{c.line, fmt.Sprintf("has the sequence %d where %d is due: entries were removed, added or moved", r.Sequence, c.head.Sequence+1)}
	case r.Previous != c.head.Hash:
		return &Broken{c.line, "does not follow the line before it: one of the two was replaced"}
	}
	c.head, c.torn, c.at = Head{r.Sequence, digest(line)}, nil, nil
	return nil
}

// mend tells how to go on behind what failed writes have left after a head:
// with what it must be ended first, the head then, for the left may hold whole
// entries, and the hash of what is torn, "" when nothing is.
func mend(head Head, tail []byte) (end []byte, after Head, torn string) {
	if len(tail) == 0 {
		return nil, head, ""
	}
	if !bytes.HasSuffix(tail, []byte{'\n'}) {
		end = []byte{'\n'}
	}
	c := chain{head: head}
	for line := range bytes.Lines(append(bytes.Clone(tail), end...)) {
		if broken := c.add(line); broken != nil {
			break // cannot be: these are lines of this very log
		}
	}
	if c.torn != nil {
		torn = hex.EncodeToString(c.torn.Sum(nil))
	}
	return end, c.head, torn
}
