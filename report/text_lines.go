package report

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
)

// width returns the columns that s takes on a terminal. It counts the
// colours' escape sequences, which only golive itself writes, as nothing.
func width(s string) int { return runewidth.StringWidth(escapes.ReplaceAllString(s, "")) }

// narrow cuts s to the given columns.
func narrow(s string, columns int) string { return runewidth.Truncate(s, columns, "…") }

// labelled writes a label in a column of its own and the text wrapped beside
// it, and nothing for an empty text.
func (p *printer) labelled(indent, label string, column int, said string) {
	if said == "" {
		return
	}
	p.wrap(fmt.Sprintf("%s%-*s", indent, column, label), indent+strings.Repeat(" ", column), said)
}

// wrap writes said between the margins, the first line behind first and the
// others behind rest. A word longer than a line, as JSON logs have, is broken.
func (p *printer) wrap(first, rest, said string) {
	prefix, used := first, 0
	p.WriteString(prefix)
	room := p.width - width(first)
	for _, word := range strings.Fields(said) {
		for {
			gap := min(used, 1)
			if used+gap+width(word) <= room {
				p.WriteString(strings.Repeat(" ", gap) + word)
				used += gap + width(word)
				break
			}
			if used == 0 {
				head := breakAt(word, room)
				p.WriteString(head)
				word = word[len(head):]
			}
			p.WriteString("\n" + rest)
			used, room = 0, p.width-width(rest)
		}
	}
	p.WriteString("\n")
}

// breakAt returns the longest start of word that fits in the columns, and at
// least one character. A word that holds colours stays whole.
func breakAt(word string, columns int) string {
	if strings.Contains(word, "\x1b") {
		return word
	}
	if head := runewidth.Truncate(word, max(columns, 1), ""); head != "" {
		return head
	}
	for i := range word {
		if i > 0 {
			return word[:i]
		}
	}
	return word
}
