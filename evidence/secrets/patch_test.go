package secrets

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const patch = commitMark + `3f2a91c

diff --git a/config.yaml b/config.yaml
index 1..2 100644
--- a/config.yaml
+++ b/config.yaml
@@ -2 +2,2 @@ name: orders
-port: 1
+port: 2
++++ b/not-a-header
@@ -9,0 +11 @@
+last: 1
diff --git a/pic.png b/pic.png
Binary files a/pic.png and b/pic.png differ
` + commitMark + `0b1c2d3

diff --git "a/sp ace.txt" "b/sp ace.txt"
new file mode 100644
--- /dev/null
+++ "b/sp ace.txt"
@@ -0,0 +1 @@
+one
\ No newline at end of file
`

func additions(t *testing.T, text string, limit int64, most int) (list []addition, commits int, whole bool) {
	t.Helper()
	commits, whole, err := readPatches(strings.NewReader(text), limit, func(a addition) bool {
		list = append(list, a)
		return len(list) < most
	})
	if err != nil {
		t.Fatal(err)
	}
	return list, commits, whole
}

func TestReadPatches(t *testing.T) {
	got, commits, whole := additions(t, patch, 1<<20, 100)
	want := []addition{
		{"3f2a91c", "config.yaml", []int{2, 3, 11}, "port: 2\n+++ b/not-a-header\nlast: 1\n"},
		{"0b1c2d3", "sp ace.txt", []int{1}, "one\n"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(addition{})); diff != "" {
		t.Error(diff)
	}
	if commits != 2 || !whole {
		t.Errorf("%d commits, whole %t", commits, whole)
	}
}

func TestPatchesAreBounded(t *testing.T) {
	if _, _, whole := additions(t, patch, int64(len(patch)/2), 100); whole {
		t.Error("half of the log calls itself whole")
	}
	if list, _, whole := additions(t, patch, 1<<20, 1); len(list) != 1 || whole {
		t.Errorf("after it was told to stop it read on: %d additions, whole %t", len(list), whole)
	}
	long := commitMark + "a\n+++ b/x\n@@ -0,0 +1,2 @@\n+" + strings.Repeat("y", 3*maxLine) + "\n+z\n"
	list, _, _ := additions(t, long, 1<<20, 100)
	if len(list) != 1 || len(list[0].text) > maxLine+10 || !strings.HasSuffix(list[0].text, "\nz\n") {
		t.Errorf("a line of %d bytes was kept as %d", 3*maxLine, len(list[0].text))
	}
}

func FuzzReadPatches(f *testing.F) {
	f.Add(patch)
	f.Add("@@ -1 +999999999999999999999 @@\n+x\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, _, _ := additions(t, text, 1<<20, 1000)
		for _, a := range list {
			if strings.Count(a.text, "\n") != len(a.lines) {
				t.Errorf("%d line numbers for %q", len(a.lines), a.text)
			}
		}
	})
}
