package service

import (
	"fmt"
	"strings"
)

const draftHead = `# What the owner of this service declares, and golive then proves.
# A line marked "guess" was read from the repository: check it, delete the mark.
# A line marked "fill in" says what no file can tell: write it, or delete it.

`

// YAML renders the draft as a golive.yaml that [Parse] reads without errors.
// Each guess ends in a comment that names its origin, each blank is a comment.
func (d *Draft) YAML() []byte {
	p := &page{draft: d}
	p.b.WriteString(draftHead)
	p.key(0, "service", quote(d.Service.Name))
	p.fillIn(0, "tier: 1", "1 when an outage stops the business, 3 when it can wait")
	p.owner()
	p.run()
	p.endpoints()
	p.config()
	p.dependencies()
	p.traffic()
	p.b.WriteString("\n")
	p.fillIn(0, "slo: [{name: availability, objective: 99.5, window: 30d, latency: 500ms}]", "what customers may expect")
	p.fillIn(0, "severities: {page: {means: customers are hurt, respond: 5m}}", "the classes of alerts, and how soon somebody acts")
	for _, name := range d.Unread {
		fmt.Fprintf(&p.b, "# not read: %s\n", oneLine(name))
	}
	return []byte(p.b.String())
}

// page is a golive.yaml while it is written.
type page struct {
	b     strings.Builder
	draft *Draft
	off   bool // what is written is commented out
}

// line writes one line, commented out while the page is off.
func (p *page) line(indent int, text string) {
	if p.off {
		p.b.WriteString("# ")
	}
	p.b.WriteString(strings.Repeat("  ", indent) + text + "\n")
}

// key writes the last part of path with its value and its origin.
func (p *page) key(indent int, path, value string) {
	p.marked(indent, path[strings.LastIndexByte(path, '.')+1:]+": "+value, path)
}

// known writes a key that has a value.
func (p *page) known(indent int, path, value string) {
	if value != "" && value != `""` && value != "0s" && value != "[]" {
		p.key(indent, path, value)
	}
}

// marked writes a line with the origin of what stands at path.
func (p *page) marked(indent int, text, path string) {
	if from, ok := p.draft.From[path]; ok {
		text += " # guess: from " + oneLine(from.String())
	}
	p.line(indent, text)
}

// fillIn writes a line that the owner has to complete.
func (p *page) fillIn(indent int, text, why string) {
	fmt.Fprintf(&p.b, "# %s%s # fill in: %s\n", strings.Repeat("  ", indent), oneLine(text), oneLine(why))
}

// blanks writes the blanks that belong under a path.
func (p *page) blanks(indent int, under string) {
	for _, b := range p.draft.Blanks {
		if b.Under == under {
			p.fillIn(indent, b.Text, b.Why)
		}
	}
}

// section begins a mapping or list. A section in which nothing would be
// active is commented out as a whole: an empty one says nothing.
func (p *page) section(indent int, name string, active bool) {
	if indent == 0 {
		p.b.WriteString("\n")
		p.off = !active
	}
	off := p.off
	p.off = off || !active
	p.line(indent, name+":")
	p.off = off
}

func (p *page) end() { p.off = false }

func (p *page) owner() {
	o := p.draft.Service.Owner
	p.section(0, "owner", o.Team != "" || len(o.Contacts) > 0)
	defer p.end()
	p.known(1, "owner.team", quote(o.Team))
	for _, c := range o.Contacts {
		p.marked(1, fmt.Sprintf("contacts: [{name: %s, email: %s}]", quote(c.Name), quote(c.Email)), "owner.contacts")
	}
	if o.Team == "" {
		p.fillIn(1, "team: name", "who answers for the service")
	}
	if len(o.Contacts) == 0 {
		p.fillIn(1, "contacts: [{name: Ann, email: ann@example.com, phone: \"+49 30 1234\"}]", "who is asked first")
	}
	p.fillIn(1, "alternates: [Bob]", "who is asked when the contacts are away")
	p.fillIn(1, "experts: [Cleo]", "who knows it inside out")
	p.fillIn(1, "oncall: https://example.com/rota", "where the rota is")
}
