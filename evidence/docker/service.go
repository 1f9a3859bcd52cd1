package docker

import (
	"path"
	"strings"

	"github.com/golive-dev/golive/evidence"
)

// OfService returns the Dockerfile of the service that the evidence is about:
// the only one, or the one whose path holds the service's name as a whole
// word, or the one nearest to the top if no other lies as near. It returns nil
// when there is none, or when nobody can tell which.
func OfService(s *evidence.Set) *Dockerfile {
	all := evidence.All[Dockerfile](s, DockerfileKind)
	var best *Dockerfile
	bestScore, tie := 0, false
	for i := range all {
		d := &all[i].Data
		switch score := likeness(d.File, s.Service().Name); {
		case best == nil || score > bestScore:
			best, bestScore, tie = d, score, false
		case score == bestScore:
			tie = true
		}
	}
	if tie {
		return nil
	}
	return best
}

// likeness ranks the path of a Dockerfile: the service's name outweighs any
// depth, and a plain Dockerfile one for a purpose (Dockerfile.dev).
func likeness(file, service string) int {
	score := -2 * strings.Count(file, "/")
	for _, word := range strings.FieldsFunc(file, func(r rune) bool { return strings.ContainsRune("/._", r) }) {
		if service != "" && strings.Contains("-"+word+"-", "-"+service+"-") {
			score += 1000
			break
		}
	}
	if base := path.Base(file); base == "Dockerfile" || base == "Containerfile" {
		score++
	}
	return score
}
