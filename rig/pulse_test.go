package rig

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestPulseBeatsInVainOnAQuietMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pulse
		done := make(chan struct{})
		from := time.Now()
		go p.run(done)
		time.Sleep(time.Second)
		close(done)
		synctest.Wait()
		if s := p.since(from); len(s) != 0 {
			t.Errorf("noticed stalls: %v", s)
		}
	})
}

func TestStallsSinceAMoment(t *testing.T) {
	var p pulse
	begin := time.Now()
	for i := range 3 {
		p.add(Stall{begin.Add(time.Duration(i) * time.Second), time.Duration(i+1) * 100 * time.Millisecond})
	}
	if got := p.since(begin.Add(time.Second)); len(got) != 2 || got[0].Took != 200*time.Millisecond {
		t.Errorf("stalls since the second one: %v", got)
	}
	if got := p.since(begin.Add(time.Hour)); got != nil {
		t.Errorf("stalls since the future: %v", got)
	}
}
