package vault

import "time"

// lease is how long something may be used.
type lease struct {
	from      time.Time
	lasts     time.Duration // zero: for ever
	first     time.Duration // what the first grant brought
	renewable bool
}

func (c *Client) leaseOf(seconds int, renewable bool) lease {
	lasts := time.Duration(seconds) * time.Second
	return lease{from: c.config.Now(), lasts: lasts, first: lasts, renewable: renewable}
}

func (l lease) valid(now time.Time) bool { return l.lasts == 0 || now.Before(l.from.Add(l.lasts)) }

// due says that it is time to renew.
func (l lease) due(now time.Time) bool { return l.lasts > 0 && !now.Before(l.from.Add(l.lasts*2/3)) }

// renewed returns the lease after a renewal, and whether that was worth it: near
// the end of its greatest time a lease is renewed by less and less.
func (l lease) renewed(c *Client, seconds int, renewable bool) (next lease, worth bool) {
	next = c.leaseOf(seconds, renewable)
	next.first = l.first
	return next, next.lasts*2 >= l.first
}
