// Package shed refuses work that a service has no room for, the least
// important first, so that the rest is done in time. At three times its
// capacity a service without a limit answers everything too late, which is
// worth nothing; with one it does as much as ever.
//
//	limiter := shed.New(shed.Options{Limit: 128})
//	http.ListenAndServe(addr, limiter.Handler(mux, nil))
//
// or, around any work:
//
//	ticket, ok := limiter.Acquire(ctx, shed.Sheddable)
//	if !ok {
//		return errBusy
//	}
//	err := work(ctx)
//	ticket.Release(err == nil)
//
// # Priorities
//
// A priority may fill its share of the limit: [Sheddable] half, [Normal] eight
// tenths, [Critical] all of it. So there is room for what must go on when
// everybody wants something.
//
// # The limit
//
// By default it is fixed: 256 in progress. Take the number from Little's law:
// requests per second at the load that the service is to bear, times seconds
// per request, times two.
//
// With Adaptive it is found and followed, by the time that work takes: the
// limit grows while requests are turned away and work takes less than 1.5 times
// what it takes alone, and shrinks when it takes longer. That is the gradient of
// Envoy's adaptive concurrency filter and of Netflix' concurrency-limits, with
// two things of our own. The limit moves only when it turned someone away, so a
// service at half load is left in peace, also when something behind it gets
// slow. And how long work takes alone is looked for every 20 s of overload by
// halving the limit for a moment, as long as that makes work faster. Simulated
// servers with 16, 64 and 200 workers at three times their capacity get a limit
// of about twice the workers, and more than 95 % of the capacity is used; at
// half load nothing is shed, or, in the first half minute after an overload,
// one request in a thousand (the package's tests). Or set Target to the mean
// time that you can bear, and nothing is learned.
//
// CPU plays no part: a neighbour on the same machine would make a service shed
// that is idle itself (measured: 84 % of a half-loaded one).
//
// # Defaults
//
// No queue: a refusal in microseconds is better than a slow one, and callers
// that may retry do so elsewhere. With Queue bursts wait up to 100 ms, the
// important first. Refusals are logged as shed.refusing at most every 10 s.
// Acquire and Release together cost under 100 ns and no allocation.
//
// # What it does not do
//
// It does not limit single callers: that is a rate limit (kit/inbound). The
// adaptive limit needs traffic to learn from, 30 requests a step, and takes one
// mean for all routes: give a few slow routes a limiter of their own.
//
// Requirements: scaling/ten-times, scaling/capacity, resilience/isolation
package shed
