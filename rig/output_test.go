package rig

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/golive-dev/golive/evidence"
)

func texts(o *output) []string {
	var all []string
	o.each(func(l line) { all = append(all, l.String()) })
	return all
}

func TestOutputIsCutIntoLines(t *testing.T) {
	const in = "one\r\ntwo\n\n\xff three\nunfinished"
	want := []string{"one", "two", "", "\uFFFD three", "unfinished"}
	for name, r := range map[string]io.Reader{
		"whole":        strings.NewReader(in),
		"byte by byte": iotest.OneByteReader(strings.NewReader(in)),
	} {
		o := &output{}
		o.read(r, "stdout")
		if got := texts(o); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if got := o.last(2); !slices.Equal(got, want[3:]) {
			t.Errorf("%s: last lines %q", name, got)
		}
	}
}

func TestAnOverlongLineIsCut(t *testing.T) {
	o := &output{}
	o.read(strings.NewReader(strings.Repeat("x", maxLine+5)+"\nnext\n"), "stderr")
	var cuts []int
	o.each(func(l line) { cuts = append(cuts, l.cut) })
	if !slices.Equal(cuts, []int{5, 0}) || len(texts(o)[0]) != maxLine {
		t.Errorf("cuts %v", cuts)
	}
}

func TestLinesGetThePhaseInWhichTheyArrived(t *testing.T) {
	trial, rec := try(t, open(t, declared("graceful")))
	begin(t, trial)
	trial.Recorder().SetPhase(evidence.PhaseDrain)
	if err := trial.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	trial.AwaitGone(t.Context(), time.Minute)
	trial.Recorder().SetPhase("later")
	trial.Close()
	got := map[string]string{}
	for _, e := range rec.Recording().Events {
		if e.Line != nil {
			got[e.Line.Text] = e.Phase
		}
	}
	if got["mode graceful"] != "" || got["bye"] != evidence.PhaseDrain {
		t.Errorf("phases %q", got)
	}
}

func TestAFloodKeepsItsBeginningAndItsEnd(t *testing.T) {
	const n = 100_000
	var in bytes.Buffer
	for i := range n {
		fmt.Fprintf(&in, "%d\n", i)
	}
	size := int64(in.Len() - n) // without the line ends
	o := &output{}
	o.read(&in, "stdout")
	got := texts(o)
	if len(got) != 2*maxHalfLines {
		t.Fatalf("%d lines", len(got))
	}
	for i, want := range map[int]int{0: 0, maxHalfLines - 1: maxHalfLines - 1, maxHalfLines: n - maxHalfLines, 2*maxHalfLines - 1: n - 1} {
		if got[i] != fmt.Sprint(want) {
			t.Errorf("line %d is %s, want %d", i, got[i], want)
		}
	}
	lines, lost, at := o.lost()
	for _, s := range got {
		size -= int64(len(s))
	}
	if lines != n-2*maxHalfLines || lost != size || at.IsZero() {
		t.Errorf("lost %d lines, %d bytes, want %d bytes", lines, lost, size)
	}
}

func TestAFloodOfLongLinesIsBoundedInBytes(t *testing.T) {
	const n = 1000
	long := strings.Repeat("y", maxLine) + "\n"
	o := &output{}
	o.read(strings.NewReader(strings.Repeat(long, n)), "stdout")
	kept := 0
	o.each(func(l line) { kept += len(l.text) })
	if kept > 2*maxHalfBytes || kept < 2*(maxHalfBytes-maxLine) {
		t.Errorf("%d bytes are kept", kept)
	}
	if lines, _, _ := o.lost(); lines != n-kept/maxLine {
		t.Errorf("%d lines lost", lines)
	}
}

func TestAFloodingServiceIsServedAndBounded(t *testing.T) {
	trial, rec := try(t, open(t, declared("flood")))
	begin(t, trial)
	eventually(t, "100 MB were read", func() bool {
		_, size, _ := trial.out.lost()
		return size > 100<<20
	})
	if get(t, trial.URL()+"/env") == "" {
		t.Error("no answer during the flood")
	}
	trial.Close()
	var lines int
	var flood *evidence.Flood
	for _, e := range rec.Recording().Events {
		if e.Line != nil {
			lines++
		}
		if e.Flood != nil {
			flood = e.Flood
		}
	}
	if lines > 2*maxHalfLines || flood == nil || flood.Bytes < 100<<20 {
		t.Errorf("%d lines, flood %+v", lines, flood)
	}
}

// BenchmarkOutput prints how much of a flood of short lines one core reads.
func BenchmarkOutput(b *testing.B) {
	chunk := bytes.Repeat([]byte("a short line of a flood\n"), 4096)
	b.SetBytes(int64(len(chunk)))
	o := &output{}
	for b.Loop() {
		o.read(bytes.NewReader(chunk), "stdout")
	}
}
