package review

import (
	"os/exec"
	"slices"
	"testing"

	"github.com/golive-dev/golive/service"
)

func TestCommands(t *testing.T) {
	svc := &service.Service{
		Run: service.Run{Build: "go build -o bin/orders . && true", Command: []string{"bin/orders", "--name", "my shop", ""}},
		Dependencies: []service.Dependency{
			{Name: "store", Run: &service.Run{Command: []string{"bin/store", "-listen", "127.0.0.1:${port}"}}},
			{Name: "payments", Stub: &service.Stub{}},
			{Name: "mail", URL: "http://127.0.0.1:8025"},
			{Name: "prices", Run: &service.Run{Build: "make prices", Command: []string{"./prices"}}},
		},
	}
	want := []string{
		"go build -o bin/orders . && true", // for a shell, as it is
		"bin/orders --name 'my shop' ''",
		"bin/store -listen '127.0.0.1:${port}'",
		"make prices", "./prices",
	}
	if got := Commands(svc); !slices.Equal(got, want) {
		t.Errorf("the commands are %q, want %q", got, want)
	}
	if got := Commands(&service.Service{}); len(got) != 0 {
		t.Errorf("nothing runs %q", got)
	}
}

func TestQuotedIsPlainWhereItCanBe(t *testing.T) {
	for _, word := range []string{"bin/orders", "-listen", "--a=b,c:d", "127.0.0.1:80", "@x", "é", "a%b+c"} {
		if got := quoted(word); got != word {
			t.Errorf("%s is quoted as %s", word, got)
		}
	}
}

// What a shell makes of a quoted word is the word.
func TestAShellReadsWhatWasQuoted(t *testing.T) {
	words := []string{
		"", " ", "my shop", "it's", `"`, `\`, "$HOME", "`id`", "a;b", "a&b", "a|b", "<in", ">out", "(a)", "{a,b}", "*", "?", "#no", "~", "[ab]", "!x", "a\nb", "a\tb", "''",
	}
	for _, word := range words {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+quoted(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q is quoted as %s, which a shell reads as %q (%v)", word, quoted(word), out, err)
		}
	}
}
