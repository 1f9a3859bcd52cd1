//go:build !linux

package proxy

import "time"

// watchRefusals sees nothing: only Linux tells of refused connects.
func (p *Proxy) watchRefusals(func(time.Time)) (stop func()) { return func() {} }
