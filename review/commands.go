package review

import (
	"strings"

	"github.com/golive-dev/golive/service"
)

func commandsOf(r service.Run) []string {
	var list []string
	if r.Build != "" {
		list = append(list, r.Build)
	}
	if len(r.Command) > 0 {
		words := make([]string, len(r.Command))
		for i, w := range r.Command {
			words[i] = quoted(w)
		}
		list = append(list, strings.Join(words, " "))
	}
	return list
}

// quoted quotes a word where a shell would take it apart.
func quoted(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n\"'$`\\;&|<>(){}[]*?#~!") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
