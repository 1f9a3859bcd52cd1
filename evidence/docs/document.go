// Package docs collects what a repository's Markdown files hold, section by
// section: which have anything to say, which commands, links and lists are
// in them. Headings and placeholders count for nothing by themselves.
package docs

import (
	"slices"
	"strings"

	"github.com/golive-dev/golive/evidence"
)

// Kind is the kind of a Markdown file; the data is a [Document].
const Kind evidence.Kind = "docs/document"

// Document is a Markdown file.
type Document struct {
	// Sections are in the order of the file. The text before the first
	// heading is a section of level 0 with no title.
	Sections []Section `json:"sections"`
}

// Section is a heading and what stands under it, up to the next heading.
type Section struct {
	Level    int      `json:"level"` // of the heading, 1 to 6; 0 before the first
	Title    string   `json:"title,omitempty"`
	ID       string   `json:"id,omitempty"` // the fragment by which GitHub links to it
	Anchors  []string `json:"anchors,omitempty"`
	Line     int      `json:"line"`
	Text     string   `json:"text,omitempty"`     // the prose without placeholders, at most 2 KiB
	Commands []string `json:"commands,omitempty"` // what can be typed, from code blocks and spans
	Links    []Link   `json:"links,omitempty"`
	Items    []string `json:"items,omitempty"`   // list items and table rows, cells joined by " | "
	Holders  []string `json:"holders,omitempty"` // placeholders: "TODO", "describe here"
}

// Link is a link of a [Section].
type Link struct {
	Text string `json:"text,omitempty"`
	To   string `json:"to"`
}

// The bounds of what is kept of one section. They hold every runbook that
// people can read under stress, and keep a generated 1 MiB file small.
const (
	maxText     = 2 << 10
	maxCommands = 50
	maxLinks    = 50
	maxItems    = 100
	maxHolders  = 10
	maxSections = 1000
)

// Empty reports whether the section says nothing: no prose, no command and no
// link besides placeholders.
func (s Section) Empty() bool {
	return s.Text == "" && len(s.Commands) == 0 && len(s.Links) == 0
}

// Whole returns the i-th section together with the sections below it.
func (d Document) Whole(i int) Section {
	whole := d.Sections[i]
	whole.Commands = slices.Clone(whole.Commands)
	whole.Links, whole.Items = slices.Clone(whole.Links), slices.Clone(whole.Items)
	for _, s := range d.Under(i) {
		whole.Text = strings.TrimSpace(whole.Text + "\n" + s.Text)
		whole.Commands = append(whole.Commands, s.Commands...)
		whole.Links = append(whole.Links, s.Links...)
		whole.Items = append(whole.Items, s.Items...)
		whole.Holders = append(slices.Clone(whole.Holders), s.Holders...)
	}
	return whole
}

// Under returns the sections below the i-th one: those that follow it, up to
// the next heading of its level or a higher one.
func (d Document) Under(i int) []Section {
	end := i + 1
	for end < len(d.Sections) && d.Sections[end].Level > d.Sections[i].Level {
		end++
	}
	return d.Sections[i+1 : end]
}

// Find returns the index of the section to which a link with the given
// fragment leads, or -1. An empty fragment is the whole file, section 0.
func (d Document) Find(fragment string) int {
	if fragment == "" && len(d.Sections) > 0 {
		return 0
	}
	return slices.IndexFunc(d.Sections, func(s Section) bool {
		return s.ID == strings.ToLower(fragment) || slices.Contains(s.Anchors, fragment)
	})
}
