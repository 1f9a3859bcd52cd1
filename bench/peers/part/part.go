// Package part holds single operations of kit and of what they stand in for,
// so that what each part of a service's duty costs can be seen apart.
package part

import "github.com/golive-dev/golive/bench/peers/measure"

// Part is one operation.
type Part struct {
	Name  string
	Over  string // the plain operation that it is compared with
	Aim   string // what it must not exceed
	Build func() (measure.Loop, error)
}

// All returns every part, each after the one that it is compared with.
func All() []Part {
	return []Part{slogLine, kitLine, kitBuilder, switchRead, plainCall, kitCall}
}
