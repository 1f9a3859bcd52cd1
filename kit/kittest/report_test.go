package kittest_test

import (
	"testing"

	"github.com/golive-dev/golive/kit/kittest"
)

func TestReportNamesTheReasons(t *testing.T) {
	r := kittest.Report{Sent: 5, Answered: 2, Lost: []kittest.Lost{{Reason: "status 503"}, {Reason: "connection reset before an answer"}, {Reason: "status 503"}}}
	const want = "5 sent, 2 answered, 3 lost: 1 × connection reset before an answer, 2 × status 503"
	if got := r.String(); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if got := (kittest.Report{Sent: 1, Answered: 1}).String(); got != "1 sent, 1 answered, 0 lost" {
		t.Error(got)
	}
}
