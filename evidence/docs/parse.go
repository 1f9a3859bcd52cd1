package docs

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Linkify)).Parser()

// Parse reads a Markdown file. Every text is one, so there is no error; of an
// overlong one the lines from left on, or some of them, were not read.
func Parse(source []byte) (d Document, left int) {
	source, left = bounded(withoutFrontMatter(source))
	r := reader{source: source, slugs: map[string]int{}}
	r.sections = []Section{{Line: 1}}
	root := markdown.Parse(text.NewReader(source))
	for block := root.FirstChild(); block != nil && len(r.sections) <= maxSections; block = block.NextSibling() {
		if h, ok := block.(*ast.Heading); ok {
			r.heading(h)
			continue
		}
		r.block(block)
	}
	if s := r.sections[0]; s.Empty() && len(s.Holders) == 0 && len(r.sections) > 1 {
		r.sections = r.sections[1:]
	}
	return Document{Sections: r.sections}, left
}

// withoutFrontMatter blanks the YAML before a document, keeping line numbers.
func withoutFrontMatter(source []byte) []byte {
	rest, ok := bytes.CutPrefix(source, []byte("---\n"))
	if !ok {
		return source
	}
	end := bytes.Index(rest, []byte("\n---\n"))
	if end < 0 {
		return source
	}
	head := len(source) - len(rest) + end + len("\n---\n")
	blank := bytes.Repeat([]byte("\n"), bytes.Count(source[:head], []byte("\n")))
	return append(blank, source[head:]...)
}

type reader struct {
	source   []byte
	sections []Section
	slugs    map[string]int
}

func (r *reader) current() *Section { return &r.sections[len(r.sections)-1] }

func (r *reader) heading(h *ast.Heading) {
	title := strings.TrimSpace(r.text(h))
	line := 0
	if h.Lines().Len() > 0 {
		line = r.line(h.Lines().At(0).Start)
	}
	r.sections = append(r.sections, Section{Level: h.Level, Title: title, ID: r.slug(title), Line: line})
	r.anchors(h)
}

// slug is the fragment that GitHub makes out of a heading: lower case,
// punctuation dropped, spaces to hyphens, repeats numbered.
func (r *reader) slug(title string) string {
	slug := strings.ReplaceAll(notInSlug.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
	n := r.slugs[slug]
	r.slugs[slug]++
	if n > 0 {
		return slug + "-" + strconv.Itoa(n)
	}
	return slug
}

var notInSlug = regexp.MustCompile(`[^\p{L}\p{M}\p{N}\p{Pc}\- ]`)

func (r *reader) line(offset int) int {
	return bytes.Count(r.source[:min(offset, len(r.source))], []byte("\n")) + 1
}

// block adds what one block holds to the current section.
func (r *reader) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.FencedCodeBlock:
		r.commands(string(n.Language(r.source)), r.lines(n))
	case *ast.CodeBlock:
		r.commands("", r.lines(n))
	case *ast.HTMLBlock:
		r.htmlAnchors(strings.Join(r.lines(n), "\n"))
	case *ast.Paragraph, *ast.TextBlock:
		r.prose(n)
	case *tables.TableRow:
		r.row(n)
	case *tables.TableHeader, *ast.ThematicBreak:
	default:
		if item, ok := n.(*ast.ListItem); ok {
			r.item(item)
		}
		for child := n.FirstChild(); child != nil; child = child.NextSibling() {
			r.block(child)
		}
	}
}

func (r *reader) lines(n ast.Node) []string {
	var lines []string
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		lines = append(lines, strings.TrimRight(string(segment.Value(r.source)), "\r\n"))
	}
	return lines
}

// prose adds the sentences, spans and links of n that are no placeholders.
func (r *reader) prose(n ast.Node) {
	r.inline(n)
	r.say(r.text(n))
}

func (r *reader) say(prose string) {
	s := r.current()
	said, holders := withoutPlaceholders(prose)
	for _, h := range holders {
		s.Holders = addTo(s.Holders, h, maxHolders)
	}
	if room := maxText - len(s.Text); said != "" && room > 0 {
		s.Text = strings.TrimSpace(s.Text + "\n" + cut(said, room))
	}
}

func (r *reader) row(n ast.Node) {
	var cells []string
	for cell := n.FirstChild(); cell != nil; cell = cell.NextSibling() {
		r.inline(cell)
		cells = append(cells, strings.TrimSpace(r.text(cell)))
	}
	r.addItem(strings.Join(cells, " | "))
	r.say(strings.Join(cells, " "))
}

// item keeps the first block of a list item, which is its own line.
func (r *reader) item(n *ast.ListItem) {
	if first := n.FirstChild(); first != nil {
		r.addItem(strings.TrimSpace(r.text(first)))
	}
}

func (r *reader) addItem(item string) {
	s := r.current()
	if said, _ := withoutPlaceholders(item); said != "" {
		s.Items = addTo(s.Items, cut(item, 300), maxItems)
	}
}

// inline collects the commands, links and anchors within a block.
func (r *reader) inline(n ast.Node) {
	s := r.current()
	r.anchors(n)
	walk(n, func(c ast.Node) {
		switch c := c.(type) {
		case *ast.CodeSpan:
			if span := r.text(c); isCommand(span) {
				s.Commands = addTo(s.Commands, span, maxCommands)
			}
		case *ast.Link:
			r.link(r.text(c), string(c.Destination))
		case *ast.AutoLink:
			r.link("", string(c.URL(r.source)))
		}
	})
}

func (r *reader) link(text, to string) {
	s := r.current()
	if deadTarget(to) || len(s.Links) >= maxLinks {
		return
	}
	s.Links = append(s.Links, Link{Text: text, To: to})
}

// commands adds what a code block lets a reader type.
func (r *reader) commands(language string, lines []string) {
	s := r.current()
	for _, line := range commandsOf(language, lines) {
		s.Commands = addTo(s.Commands, cut(line, 300), maxCommands)
	}
}

func (r *reader) anchors(n ast.Node) {
	walk(n, func(c ast.Node) {
		if html, ok := c.(*ast.RawHTML); ok {
			r.htmlAnchors(string(html.Segments.Value(r.source)))
		}
	})
}

var anchorPattern = regexp.MustCompile(`<a\s+(?:id|name)=["']?([\w.-]+)`)

func (r *reader) htmlAnchors(html string) {
	s := r.current()
	for _, m := range anchorPattern.FindAllStringSubmatch(html, -1) {
		s.Anchors = addTo(s.Anchors, m[1], maxLinks)
	}
}

// text returns the visible text of n; line ends within it become spaces.
// Pictures and links that lead nowhere say nothing.
func (r *reader) text(n ast.Node) string {
	var b strings.Builder
	r.write(&b, n)
	return b.String()
}

func (r *reader) write(b *strings.Builder, n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		b.Write(n.Value(r.source))
		if n.SoftLineBreak() || n.HardLineBreak() {
			b.WriteByte(' ')
		}
	case *ast.String:
		b.Write(n.Value)
	case *ast.AutoLink:
		b.Write(n.Label(r.source))
	case *ast.Image:
		return
	case *ast.Link:
		if deadTarget(string(n.Destination)) {
			return
		}
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		r.write(b, c)
	}
}

func walk(n ast.Node, visit func(ast.Node)) {
	// The walk's only error would be the visitor's, which has none.
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			visit(c)
		}
		return ast.WalkContinue, nil
	})
}

func addTo(list []string, s string, limit int) []string {
	if len(list) >= limit || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// cut shortens s to at most n bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
