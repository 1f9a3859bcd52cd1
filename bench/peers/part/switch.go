package part

import (
	"fmt"
	"log/slog"

	"github.com/golive-dev/golive/bench/peers/measure"
	"github.com/golive-dev/golive/kit/switches"
)

// switchRead is the question whether a function is on.
var switchRead = Part{
	Name: "switch read, kit/switches",
	Aim:  "10 ns",
	Build: func() (measure.Loop, error) {
		s := switches.New(switches.Options{Log: slog.New(slog.DiscardHandler)}).Switch("search", "search answers 503", true)
		if !s.On() {
			return nil, fmt.Errorf("the switch is off")
		}
		return func(n int) {
			on := 0
			for range n {
				if s.On() {
					on++
				}
			}
			sunk += on
		}, nil
	},
}

// sunk keeps what is measured from being left out by the compiler.
var sunk int
