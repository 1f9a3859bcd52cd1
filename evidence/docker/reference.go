package docker

import (
	"regexp"
	"strings"
)

// Reference is the name of an image, in its parts.
type Reference struct {
	Registry   string // "docker.io" when none is written
	Repository string
	Tag        string
	Digest     string // "sha256:…"
}

// ParseReference splits the name of an image as container engines do: what
// stands before the first slash is a registry if it holds a dot or a colon,
// or is localhost.
func ParseReference(image string) Reference {
	r := Reference{Registry: "docker.io"}
	rest, digest, _ := strings.Cut(strings.TrimSpace(image), "@")
	r.Digest = digest
	if first, after, ok := strings.Cut(rest, "/"); ok && (strings.ContainsAny(first, ".:") || first == "localhost") {
		r.Registry, rest = first, after
	}
	if i := strings.LastIndexByte(rest, ':'); i >= 0 {
		rest, r.Tag = rest[:i], rest[i+1:]
	}
	r.Repository = rest
	return r
}

var (
	digest      = regexp.MustCompile(`^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$`)
	fullVersion = regexp.MustCompile(`(^|[^0-9.])[0-9]+\.[0-9]+\.[0-9]+([^0-9]|$)`)
	commit      = regexp.MustCompile(`(^|[-_.])([0-9a-f]{7,40})$`)
)

// Pinned reports whether the name means one image for good: by its digest, or
// by a tag that is a full version (three numbers) or a commit (7 to 40
// hexadecimal digits). Such a tag can be moved too, but by custom is not; a
// tag such as 1.4 or latest moves by design. how says what it is pinned by,
// or why it is not.
func (r Reference) Pinned() (how string, ok bool) {
	switch {
	case digest.MatchString(r.Digest):
		return "by digest", true
	case r.Digest != "":
		return "its digest is malformed", false
	case r.Tag == "":
		return "it has no tag, which means latest", false
	case fullVersion.MatchString(r.Tag):
		return "by the full version " + r.Tag, true
	}
	if m := commit.FindStringSubmatch(r.Tag); m != nil && strings.ContainsAny(m[2], "0123456789") {
		return "by the commit " + m[2], true
	}
	return "the tag " + r.Tag + " can move: it is neither a full version (three numbers) nor a commit", false
}

// NonRoot reports whether the image is one whose publisher says by its tag
// that it runs as a numeric user other than root, as the distroless images
// do (65532).
func (r Reference) NonRoot() bool {
	return strings.Contains(r.Repository, "distroless/") && strings.Contains(r.Tag, "nonroot")
}
