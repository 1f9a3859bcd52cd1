package service

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Discover reads what the repository in dir already says about its service:
// Dockerfile, Kubernetes manifests, catalog-info.yaml, CODEOWNERS, OpenAPI
// and, for the command, go.mod, package.json and pyproject.toml. It executes
// nothing, follows no link, and reads a bounded number of files of bounded
// size. An error means that dir cannot be read; a file in it that cannot is
// named in the draft.
func Discover(dir string) (*Draft, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("look at the repository: %w", err)
	}
	defer root.Close()
	d, err := discover(root.FS(), directoryName(dir))
	if err != nil {
		return nil, fmt.Errorf("look at the repository in %s: %w", dir, err)
	}
	return d, nil
}

// discover looks at files; the fallback is the name of a service that no
// file names. The earlier of two sources wins.
func discover(files fs.FS, fallback text) (*Draft, error) {
	d := &Draft{From: map[string]Origin{}}
	repo, err := survey(files, d)
	if err != nil {
		return nil, err
	}
	catalogued := repo.catalogue()
	repo.owners()
	image := repo.dockerfile()
	pod := repo.workload()
	built := repo.language()
	d.name(catalogued.name, pod.name, built.name, fallback)
	pod.apply(d)
	repo.command(image, built)
	d.environment(append(pod.env, image.env...))
	d.listen(pod.port, image.port)
	d.dependsOn(catalogued.dependsOn)
	repo.traffic()
	return d, nil
}

// text is a text with the place where it was found; "" where it was not.
type text struct {
	Value string
	From  Origin
}

// name takes the first name that there is.
func (d *Draft) name(candidates ...text) {
	for _, c := range candidates {
		guess(d, "service", &d.Service.Name, strings.TrimSpace(c.Value), c.From)
	}
}

// directoryName is the last resort for a name; it is never "".
func directoryName(dir string) text {
	from := Origin{File: "the directory's name"}
	if abs, err := filepath.Abs(dir); err == nil {
		if name := nameLike(filepath.Base(abs)); name != "" {
			return text{name, from}
		}
	}
	return text{"service", Origin{File: "nothing"}}
}

// nameLimit is the greatest length of a name that is proposed. YAML itself
// takes no key of more than 1,024 characters.
const nameLimit = 200

var notInNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// nameLike makes a name for a dependency or service of s, or "".
func nameLike(s string) string {
	name := notInNames.ReplaceAllString(s, "-")
	return strings.Trim(name[:min(len(name), nameLimit)], "._-")
}
