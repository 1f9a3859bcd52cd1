package evidence_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

func TestSource(t *testing.T) {
	for want, s := range map[string]evidence.Source{
		"deploy/a.yaml:31": {File: "deploy/a.yaml", Line: 31, Name: "not said"},
		"Dockerfile":       {File: "Dockerfile"},
		"GET /metrics":     {Name: "GET /metrics"},
		"":                 {},
	} {
		if got := s.String(); got != want {
			t.Errorf("%+v is %q, want %q", s, got, want)
		}
	}
}

func TestSetWithoutAService(t *testing.T) {
	s := evidence.NewSet(nil, evidence.Build{Commit: "3f2a91c"}, nil)
	if s.Service() == nil || s.Service().Name != "" || s.Build().Commit != "3f2a91c" {
		t.Errorf("the service is %+v of %+v", s.Service(), s.Build())
	}
	if s.Recording("hang") != nil || len(s.Drills()) != 0 || s.Has("files/text") || len(evidence.All[string](s, "files/text")) != 0 {
		t.Error("an empty set holds something")
	}
}

func TestSetKeepsOrder(t *testing.T) {
	var records []evidence.Record
	for i := range 5 {
		records = append(records, evidence.New("b/number", evidence.Source{Line: i}, i), evidence.New("a/word", evidence.Source{}, fmt.Sprint(i)))
	}
	s := evidence.NewSet(&service.Service{Name: "orders"}, evidence.Build{}, records, &evidence.Recording{Drill: "stop"}, &evidence.Recording{Drill: "hang"})
	var numbers []int
	for _, item := range evidence.All[int](s, "b/number") {
		if item.Source.Line != item.Data {
			t.Errorf("%d lies at %s", item.Data, item.Source)
		}
		numbers = append(numbers, item.Data)
	}
	if !slices.Equal(numbers, []int{0, 1, 2, 3, 4}) || !s.Has("a/word") {
		t.Errorf("the numbers are %v", numbers)
	}
	if got := s.Drills(); !slices.Equal(got, []string{"hang", "stop"}) || s.Recording("stop").Drill != "stop" {
		t.Errorf("the drills are %v", got)
	}
}

func TestAllIsSafeForConcurrentUse(t *testing.T) {
	var records []evidence.Record
	for i := range 100 {
		records = append(records, evidence.New("b/number", evidence.Source{}, i))
	}
	s := evidence.NewSet(nil, evidence.Build{}, records)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got := evidence.All[int](s, "b/number"); len(got) != 100 || got[99].Data != 99 {
				t.Errorf("%d numbers", len(got))
			}
			evidence.All[int](s, "b/none")
		})
	}
	group.Wait()
}

func TestAllOfAnotherTypeIsADefect(t *testing.T) {
	s := evidence.NewSet(nil, evidence.Build{}, []evidence.Record{evidence.New("b/number", evidence.Source{}, 7)})
	evidence.All[int](s, "b/number")
	defer func() {
		if x := recover(); x == nil {
			t.Error("a number was read as text")
		}
	}()
	evidence.All[string](s, "b/number")
}
