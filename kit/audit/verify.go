package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Verify reads a log from its first line and checks that each line is as it
// was written and follows the one before. The error is a *[Broken] that names
// the first line that is wrong, or the reader's.
//
// Who can write the file can make a new chain, or cut off its end. Against
// that, give the heads that were kept elsewhere: the log must hold them.
func Verify(r io.Reader, kept ...Head) error {
	c := chain{head: start}
	in := bufio.NewReaderSize(r, maxLine+1)
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return &Broken{c.line + 1, fmt.Sprintf("is longer than %d bytes", maxLine)}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("audit: read line %d: %w", c.line+1, err)
		}
		if len(line) > 0 {
			if broken := c.add(line); broken != nil {
				return broken
			}
			for _, h := range kept {
				if c.torn == nil && h.Sequence == c.head.Sequence && h.Hash != c.head.Hash {
					return &Broken{c.line, "is not the one that was kept as a head: the log was written anew"}
				}
			}
		}
		if err != nil {
			return c.finish(kept)
		}
	}
}

// finish judges the end of a log.
func (c *chain) finish(kept []Head) error {
	if c.torn != nil {
		return c.at
	}
	for _, h := range kept {
		if h.Sequence > c.head.Sequence {
			return &Broken{c.line + 1, fmt.Sprintf("is missing: the log ends at entry %d, and entry %d was kept as a head", c.head.Sequence, h.Sequence)}
		}
	}
	return nil
}
