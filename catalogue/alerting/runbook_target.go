package alerting

import (
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/docs"
)

// errElsewhere says that a link leads out of the repository.
var errElsewhere = errors.New("it leads out of the repository")

// errForeign says that a link leads to a file of another format.
var errForeign = errors.New("it is no Markdown")

func documents(p *check.Pass) []evidence.Item[docs.Document] {
	return evidence.All[docs.Document](p.Set, docs.Kind)
}

// resolve returns the document to which a link in file leads, and the
// fragment of it. A link is a path from the root of the repository or from
// the file, or a URL that ends in such a path.
func resolve(link, file string, library []evidence.Item[docs.Document]) (evidence.Item[docs.Document], string, error) {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil {
		return evidence.Item[docs.Document]{}, "", errors.New("it is no link")
	}
	find := func(name string) int {
		return slices.IndexFunc(library, func(d evidence.Item[docs.Document]) bool { return d.Source.File == name })
	}
	for _, name := range candidates(u, file) {
		if i := find(name); i >= 0 {
			return library[i], u.Fragment, nil
		}
	}
	ext := path.Ext(u.Path)
	switch {
	case u.Host != "" || u.Scheme != "" || strings.Contains(link, "{{"):
		return evidence.Item[docs.Document]{}, "", errElsewhere
	case ext != "" && !docs.IsDocument(u.Path):
		return evidence.Item[docs.Document]{}, "", errForeign
	}
	return evidence.Item[docs.Document]{}, "", errors.New("the repository has no such Markdown file")
}

// candidates are the files that a link may mean, the likeliest first: what
// it says, from the root and from the linking file, and then every end of its
// path that still names a directory, so that a file merely called alike –
// README.md – does not count. Ends matter where the service lies in a
// directory of a larger repository.
func candidates(u *url.URL, file string) []string {
	var list []string
	rest := strings.Trim(path.Clean("/"+u.Path), "/")
	if u.Host == "" {
		list = append(list, rest, path.Join(path.Dir(file), u.Path))
	}
	whole := rest
	for strings.Contains(rest, "/") {
		list = append(list, rest, rest+".md")
		_, rest, _ = strings.Cut(rest, "/")
		if isRepositoryRoot("/"+whole, rest) {
			list = append(list, rest)
		}
	}
	return list
}

// isRepositoryRoot reports whether rest is all that follows the branch in
// the path of a forge's URL: …/blob/main/runbook.md.
func isRepositoryRoot(whole, rest string) bool {
	for _, mark := range []string{"/blob/", "/tree/", "/raw/", "/src/"} {
		if _, after, ok := strings.Cut(whole, mark); ok {
			_, inside, _ := strings.Cut(after, "/")
			return inside == rest
		}
	}
	return false
}
