package secrets

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"
)

// addition is what one commit added to one file.
type addition struct {
	commit, file string
	lines        []int // of each line of text, in the file after the commit
	text         string
}

// The bounds of what is kept of one line and of one file of a commit.
const (
	maxLine     = 64 << 10
	maxAddition = 1 << 20
)

// commitMark begins the line that names a commit; no line of a patch does.
const commitMark = "\x01"

// readPatches reads the output of git log -p -U0 and hands over each
// addition, in order, until take returns false or limit bytes are read. It
// returns how many commits began and whether the end was reached.
func readPatches(r io.Reader, limit int64, take func(addition) bool) (commits int, whole bool, err error) {
	bounded := &io.LimitedReader{R: r, N: limit}
	p := patchReader{in: bufio.NewReaderSize(bounded, maxLine), take: take}
	for !p.stopped {
		line, err := p.line()
		if errors.Is(err, io.EOF) {
			p.flush()
			return p.commits, bounded.N > 0 && !p.stopped, nil
		}
		if err != nil {
			return p.commits, false, err
		}
		p.read(line)
	}
	return p.commits, false, nil
}

type patchReader struct {
	in      *bufio.Reader
	take    func(addition) bool
	stopped bool
	commits int

	current        addition
	text           strings.Builder
	removed, added int // lines that are left of the current hunk
	at             int // the number of its next added line
}

// line reads a line, of which what exceeds maxLine is dropped.
func (p *patchReader) line() (string, error) {
	part, isPrefix, err := p.in.ReadLine()
	line := string(part)
	for isPrefix && err == nil {
		_, isPrefix, err = p.in.ReadLine()
	}
	return line, err
}

func (p *patchReader) read(line string) {
	switch {
	case p.added > 0 && strings.HasPrefix(line, "+"):
		p.add(line[1:])
	case p.removed > 0 && strings.HasPrefix(line, "-"):
		p.removed--
	case strings.HasPrefix(line, commitMark):
		p.flush()
		p.commits++
		p.current.commit = line[len(commitMark):]
	case strings.HasPrefix(line, "diff --git "):
		p.flush()
	case strings.HasPrefix(line, "+++ "):
		p.current.file = strings.TrimPrefix(strings.TrimRight(strings.Trim(line[4:], `"`), "\t"), "b/")
	case strings.HasPrefix(line, "@@ -"):
		p.hunk(line)
	}
}

// hunk reads "@@ -a,b +c,d @@": the line numbers and how many lines follow.
func (p *patchReader) hunk(line string) {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return
	}
	_, p.removed = span(fields[1])
	p.at, p.added = span(fields[2])
}

func span(field string) (start, count int) {
	first, second, several := strings.Cut(strings.TrimLeft(field, "+-"), ",")
	start, _ = strconv.Atoi(first) //nolint:errcheck // git writes numbers; anything else is 0
	if count = 1; several {
		count, _ = strconv.Atoi(second) //nolint:errcheck // see above
	}
	return start, count
}

func (p *patchReader) add(line string) {
	p.added--
	if p.text.Len()+len(line) <= maxAddition {
		p.text.WriteString(line)
		p.text.WriteByte('\n')
		p.current.lines = append(p.current.lines, p.at)
	}
	p.at++
}

// flush hands over what was added to the current file.
func (p *patchReader) flush() {
	if p.current.file != "" && p.text.Len() > 0 {
		p.current.text = p.text.String()
		p.stopped = p.stopped || !p.take(p.current)
	}
	p.current = addition{commit: p.current.commit}
	p.text = strings.Builder{}
	p.removed, p.added = 0, 0
}
